/** The context of the gateway's statechart, and its input. */
import type { BlockHead } from '../../domain/chain.ts'
import type { GatewayConfig } from '../../domain/config.ts'
import type { Address, Now } from '../../domain/primitives.ts'
import type { StartingPoint } from '../../domain/recovery.ts'
import type { GasModel } from '../../policy/gasModel.ts'
import type { OrderingPolicy } from '../../policy/orderingPolicy.ts'
import { noSettledWork } from '../opsBatcher/settledWork.ts'
import { type Crashes, noCrashes } from './crashes.ts'

export interface GatewayContext extends GatewayInput {
  /** What the store and the chain hold at a start, until the actors have taken it. */
  readonly recovered: StartingPoint
  /** The block from which the chainMonitor goes on; null to begin with the newest. */
  readonly head: BlockHead | null
  readonly crashes: Crashes
  readonly delays: StartDelays
  /** Why the gateway failed; null while it has not. */
  readonly failure: unknown
}

/** The tries of a start that failed, since the last successful start. */
export interface StartDelays {
  readonly count: number
  /** Why the last try failed, in one line without secrets; null for none. */
  readonly message: string | null
}

export const noDelays: StartDelays = { count: 0, message: null }

export interface GatewayInput {
  readonly config: GatewayConfig
  readonly walletAddress: Address
  /** Estimated gas of each kind, used until the kind is measured. */
  readonly gas: GasModel['start']
  /** Replaces the ordering policy of the configuration. */
  readonly ordering?: OrderingPolicy | undefined
  readonly newId: () => string
  readonly now: Now
  /** Removes secrets from a text that observers see. */
  readonly redact: (text: string) => string
}

/** The starting point of a gateway with an empty store. */
export const emptyStart: StartingPoint = {
  queued: [],
  batches: [],
  climbing: [],
  settled: noSettledWork,
  orphaned: [],
  head: null,
  nextSequence: 1,
  nextNonce: null,
}

export function startContext(input: GatewayInput): GatewayContext {
  return { ...input, recovered: emptyStart, head: null, crashes: noCrashes, delays: noDelays, failure: null }
}
