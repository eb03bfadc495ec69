/** The limits of admission: how many operations without a verdict the gateway holds. */
import type { LanePosition } from '../../domain/operation.ts'
import type { Refusal } from '../protocol.ts'
import type { Lanes } from './laneState.ts'

export interface AdmissionLimits {
  /** Maximum number of stored operations without a verdict. */
  readonly queueCapacity: number
  /** Maximum number of operations of one account among them. */
  readonly maxPerAccount: number
}

/** Why a limit refuses an operation of an account; null if no limit is reached. @param lane null for a kind without lane */
export function limitRefusal(
  { lanes, unsettled }: Lanes,
  lane: Pick<LanePosition, 'leaf'> | null,
  { queueCapacity, maxPerAccount }: AdmissionLimits,
): Refusal | null {
  const ofAccount = lane === null ? 0 : (lanes.get(lane.leaf)?.members.length ?? 0)
  if (ofAccount >= maxPerAccount) {
    return {
      code: 'rate_limit_exceeded',
      message: `Rate limit exceeded: maximum ${maxPerAccount} waiting operations for this leaf_index`,
    }
  }
  if (unsettled.size < queueCapacity) return null
  return {
    code: 'batcher_unavailable',
    message: `Batcher service is unavailable: ${queueCapacity} operations are waiting. Please try again.`,
  }
}
