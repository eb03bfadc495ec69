/** A load run: real operations with real signatures, sent to a running gateway and followed to their end. */

import type { DurationMs, Now } from '../domain/primitives.ts'
import { registryDomain } from '../registry/worldId/typedData.ts'
import { connectGateway } from './client.ts'
import { Gate } from './gate.ts'
import { createLeafReader } from './leaves.ts'
import { apportion, type Mix } from './mix.ts'
import { createPatience } from './patience.ts'
import { planLoad } from './plan.ts'
import { type Random, secureRandom } from './random.ts'
import { type LoadEvent, type LoadReport, Tally } from './report.ts'
import { sendTraffic } from './traffic.ts'
import { createStatusWatcher } from './watcher.ts'

export interface LoadOptions {
  /** The gateway's URL. */
  readonly url: string
  /** How many operations are sent and counted. */
  readonly operations: number
  readonly mix: Mix
  /** Most requests with operations in flight. */
  readonly concurrency: number
  /** Most operations sent in a second; null for as many as `concurrency` allows. */
  readonly rate: number | null
  /** Endpoint of the gateway's chain, where the leaf indices of new accounts are read. */
  readonly rpcUrl: string
  /** How long nothing may move before the run is given up. */
  readonly patience: DurationMs
  readonly now: Now
  /** Default: the system's cryptographic source. */
  readonly random?: Random
  /** Ends the run early; the report is of what was seen. */
  readonly signal?: AbortSignal
  /** Hears of everything as it happens. */
  readonly onEvent?: (event: LoadEvent) => void
}

/**
 * Runs the load. Operations that the mix has no accounts for are preceded by creations that do not count.
 * @throws LoadError when there is no gateway at the URL, or no chain at the endpoint
 */
export async function runLoad(options: LoadOptions): Promise<LoadReport> {
  const { now, random = secureRandom } = options
  const tally = new Tally()
  const patience = createPatience(options.patience, now, options.signal)
  const client = connectGateway(options.url, options.concurrency)
  const { signal } = patience
  signal.addEventListener('abort', () => client.close())
  try {
    const { chainId, registryAddress } = await client.chain()
    const plan = planLoad(apportion(options.operations, options.mix), random)
    const leaves = createLeafReader(options.rpcUrl, registryAddress)
    const hasChanges = [...plan.setup, ...plan.accounts].some(({ script }) => script.length > 0)
    if (hasChanges) await leaves.check(chainId)
    await sendTraffic(plan, {
      client,
      leaves,
      random,
      now,
      signal,
      watcher: createStatusWatcher(client, { now, signal }),
      gate: new Gate({ places: options.concurrency, rate: options.rate, now, signal }),
      domain: registryDomain(chainId, registryAddress),
      emit(event) {
        tally.add(event)
        if (event.type !== 'postponed') patience.renew()
        options.onEvent?.(event)
      },
    })
    if (signal.aborted) {
      options.onEvent?.({ type: 'cut', by: options.signal?.aborted ? 'interruption' : 'patience' })
    }
  } finally {
    patience.stop()
    client.close()
  }
  return tally.report()
}
