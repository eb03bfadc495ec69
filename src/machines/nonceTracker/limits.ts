/** The limits of admission: how many operations without a verdict the gateway holds. */
import type { FutureNonces } from '../../domain/config.ts'
import type { LanePosition, QueuedOperation } from '../../domain/operation.ts'
import type { Refusal } from '../protocol.ts'
import type { Lanes } from './laneState.ts'
import { heldBy } from './unsettled.ts'

export interface AdmissionLimits {
  /** Maximum number of stored operations without a verdict. */
  readonly queueCapacity: number
  /** Maximum number of operations of one account among them. */
  readonly maxPerAccount: number
  readonly futureNonces: FutureNonces
}

/** What the limits depend on. */
export interface Applicant {
  /** The lane of the operation; null for a kind without lane. */
  readonly lane: Pick<LanePosition, 'leaf'> | null
  readonly client: QueuedOperation['client']
}

/**
 * A client may hold at most this many times the free places of the queue. One client can use three quarters of the queue, and
 * each further client three quarters of the rest.
 */
const SHARE_OF_FREE = 3

/** The operations without a verdict. */
export interface Waiting {
  readonly all: number
  readonly ofAccount: number
  readonly ofClient: number
}

/** What waits in the lanes. */
export function waitingIn(
  { lanes, unsettled }: Pick<Lanes, 'lanes' | 'unsettled'>,
  { lane, client }: Applicant,
): Waiting {
  return {
    all: unsettled.ids.size,
    ofAccount: lane === null ? 0 : (lanes.get(lane.leaf)?.members.length ?? 0),
    ofClient: heldBy(unsettled, client),
  }
}

/** Why a limit refuses one more operation; null if no limit is reached. */
export function limitRefusal(
  { all, ofAccount, ofClient }: Waiting,
  { queueCapacity, maxPerAccount }: Omit<AdmissionLimits, 'futureNonces'>,
): Refusal | null {
  if (ofAccount >= maxPerAccount) {
    return {
      code: 'rate_limit_exceeded',
      message: `Rate limit exceeded: maximum ${maxPerAccount} waiting operations for this leaf_index`,
    }
  }
  if (ofClient < SHARE_OF_FREE * (queueCapacity - all)) return null
  return {
    code: 'batcher_unavailable',
    message: `Batcher service is unavailable: ${all} operations are waiting, ${ofClient} of this client. Please try again.`,
  }
}
