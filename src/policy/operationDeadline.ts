/** The deadline of an operation: after it, an operation without a verdict fails. */
import type { ThrottleReason } from '../domain/events.ts'
import type { EvictionReason, FailureReason } from '../domain/status.ts'

const WAITED_FOR: Readonly<Record<Exclude<ThrottleReason, 'WalletUnavailable'>, string>> = {
  NoPermit: 'the inclusion of the batches before it',
  BlockBudgetUsed: 'room in a block',
  LanesBusy: 'a batch with another operation of its account, or with an isolated operation',
  FeeAboveCeiling: 'a lower base fee',
  ChainStalled: 'an answer of the chain',
  AccountLimited: 'the inclusion of earlier transactions of the wallet',
}

/**
 * Why a ready operation fails at its deadline.
 * @param throttled why no batch is sent; null while batches are sent
 */
export function expiredInQueue(throttled: ThrottleReason | null): FailureReason {
  if (throttled === 'WalletUnavailable') return { type: 'InsufficientBalance' }
  return timeout(throttled === null ? 'room in a batch' : WAITED_FOR[throttled])
}

/**
 * Why an operation behind a missing nonce fails at its deadline.
 * @param nonce the missing nonce of the account
 */
export function expiredInLane(nonce: number): FailureReason {
  return timeout(`nonce ${nonce} of its account`)
}

/**
 * Why an operation fails when it returns from a batch after its deadline.
 * @param eviction why it left the batch
 */
export function expiredAfterBatch(eviction: EvictionReason): FailureReason {
  return timeout(`another batch, because its last batch gave no verdict (${eviction})`)
}

function timeout(waitedFor: string): FailureReason {
  return {
    type: 'Unknown',
    message: `Timeout: the deadline passed while the operation waited for ${waitedFor}`,
  }
}
