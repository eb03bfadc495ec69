/** All machines with a model. */
import { chainMonitorModels } from './chainMonitor.ts'
import { finalityTrackerModels } from './finalityTracker.ts'
import { gatewayModels } from './gateway.ts'
import { intakeModels } from './intake.ts'
import { levelWaitModels } from './levelWait.ts'
import { nonceTrackerModels } from './nonceTracker.ts'
import { opsBatcherModels } from './opsBatcher.ts'
import { pendingBatchModels } from './pendingBatch.ts'
import { requestTrackerModels } from './requestTracker.ts'
import { seatModels } from './seat.ts'
import type { Model } from './support/model.ts'
import { tickerModels } from './ticker.ts'
import { walletModels } from './wallet.ts'

interface Entry {
  readonly name: string
  /** The file of the chart, below `src/machines` and without `.ts`. */
  readonly chart: string
  readonly models: readonly [Model, ...Model[]]
}

export const MODELS: readonly Entry[] = [
  { name: 'gateway', chart: 'root/root', models: gatewayModels },
  { name: 'seat', chart: 'seat/seat', models: seatModels },
  { name: 'intake', chart: 'intake/intake', models: intakeModels },
  { name: 'chainMonitor', chart: 'chainMonitor/chainMonitor', models: chainMonitorModels },
  {
    name: 'finalityTracker',
    chart: 'finalityTracker/finalityTracker',
    models: finalityTrackerModels,
  },
  { name: 'levelWait', chart: 'levelWait/levelWait', models: levelWaitModels },
  { name: 'nonceTracker', chart: 'nonceTracker/nonceTracker', models: nonceTrackerModels },
  { name: 'wallet', chart: 'wallet/wallet', models: walletModels },
  { name: 'requestTracker', chart: 'requestTracker/requestTracker', models: requestTrackerModels },
  { name: 'opsBatcher', chart: 'opsBatcher/opsBatcher', models: opsBatcherModels },
  { name: 'pendingBatch', chart: 'pendingBatch/pendingBatch', models: pendingBatchModels },
  { name: 'ticker', chart: 'root/ticker', models: tickerModels },
]
