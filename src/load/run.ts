/** A load run: signed operations, sent to a running gateway and followed until each is settled. */
import type { DurationMs, Now } from '../domain/primitives.ts'
import { registryDomain } from '../registry/worldId/typedData.ts'
import { connectGateway } from './client.ts'
import { readCosts } from './costs.ts'
import { LoadError } from './error.ts'
import { Gate } from './gate.ts'
import { createIdleTimeout } from './idleTimeout.ts'
import { createLeafReader } from './leaves.ts'
import { apportion, DEFAULT_MIX, DEFAULT_MIX_V2, type Mix, parseMix } from './mix.ts'
import { planLoad } from './plan.ts'
import { type Random, secureRandom } from './random.ts'
import { type LoadEvent, type LoadReport, Tally } from './report.ts'
import { sendTraffic } from './traffic.ts'
import { createStatusWatcher } from './watcher.ts'

export interface LoadOptions {
  /** URL of the gateway. */
  readonly url: string
  /** The operator token, if the gateway requires one to show its chain. */
  readonly operatorToken?: string | undefined
  /** Number of operations to send. */
  readonly operations: number
  /** Weight of each kind; null for the default of the registry's version. */
  readonly mix: Mix | null
  /** Maximum number of concurrent submissions. */
  readonly concurrency: number
  /** Maximum number of operations per second; null for no maximum. */
  readonly rate: number | null
  /** RPC endpoint of the gateway's chain, to read the leaf indices of new accounts. */
  readonly rpcUrl: string
  /** The run ends after this time without a change. */
  readonly idleTimeout: DurationMs
  readonly now: Now
  /** Source of keys and choices. Default: the cryptographic source of the system. */
  readonly random?: Random
  /** Ends the run early. The report covers the run until then. */
  readonly signal?: AbortSignal
  /** Called with every event of the run. */
  readonly onEvent?: (event: LoadEvent) => void
}

/**
 * Runs the load. If the mix creates too few accounts for the other operations, the run first creates more, uncounted
 * accounts.
 * @throws LoadError if no gateway answers at the URL, or no chain at the RPC endpoint
 */
export async function runLoad(options: LoadOptions): Promise<LoadReport> {
  const { now, random = secureRandom } = options
  const tally = new Tally()
  const timeout = createIdleTimeout(options.idleTimeout, now, options.signal)
  const client = connectGateway(options.url, options.concurrency, options.operatorToken)
  const { signal } = timeout
  signal.addEventListener('abort', () => client.close())
  try {
    const { chainId, registryAddress, isV2 } = await client.chain()
    const mix = options.mix ?? parseMix(isV2 ? DEFAULT_MIX_V2 : DEFAULT_MIX)
    if (isV2 && mix.update_authenticator > 0) {
      throw new LoadError('registry V2 has no update of an authenticator; leave update out of --mix')
    }
    const plan = planLoad(apportion(options.operations, mix), random)
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
      gate: new Gate({ concurrency: options.concurrency, rate: options.rate, now, signal }),
      domain: registryDomain(chainId, registryAddress),
      emit(event) {
        tally.add(event)
        if (event.type !== 'postponed') timeout.renew()
        options.onEvent?.(event)
      },
    })
    if (signal.aborted) {
      options.onEvent?.({ type: 'cut', by: options.signal?.aborted ? 'interruption' : 'timeout' })
      return tally.report(null)
    }
    timeout.stop()
    return tally.report(await readCosts(client, tally.settled))
  } finally {
    timeout.stop()
    client.close()
  }
}
