/** The machines that are tested from their definitions. */
import { chainMonitorModels } from './chainMonitor.ts'
import { gatewayModels } from './gateway.ts'
import { nonceTrackerModels } from './nonceTracker.ts'
import { opsBatcherModels } from './opsBatcher.ts'
import { pendingBatchModels } from './pendingBatch.ts'
import { requestTrackerModels } from './requestTracker.ts'
import type { Model } from './support/model.ts'
import { tickerModels } from './ticker.ts'
import { walletModels } from './wallet.ts'

interface Entry {
  readonly name: string
  readonly models: readonly [Model, ...Model[]]
}

export const MODELS: readonly Entry[] = [
  { name: 'gateway', models: gatewayModels },
  { name: 'chainMonitor', models: chainMonitorModels },
  { name: 'nonceTracker', models: nonceTrackerModels },
  { name: 'wallet', models: walletModels },
  { name: 'requestTracker', models: requestTrackerModels },
  { name: 'opsBatcher', models: opsBatcherModels },
  { name: 'pendingBatch', models: pendingBatchModels },
  { name: 'ticker', models: tickerModels },
]
