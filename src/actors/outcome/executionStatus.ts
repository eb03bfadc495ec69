/** The status of an operation by the result of its call in the included transaction. */
import type { Hex, TransactionReceipt } from 'viem'
import type { PlannedCall } from '../../domain/batch.ts'
import type { Gas, Hash } from '../../domain/primitives.ts'
import type { OpStatus } from '../../domain/status.ts'
import { toFailure } from '../../registry/worldId/failure.ts'
import { decodeRevert } from '../../registry/worldId/reverts.ts'

/** @param calls all calls of the transaction */
export function finalizedStatus(
  receipt: TransactionReceipt,
  call: PlannedCall,
  calls: readonly PlannedCall[],
): OpStatus {
  const total = calls.reduce((sum, { gas }) => sum + gas, 0)
  return {
    type: 'Finalized',
    txHash: receipt.transactionHash,
    blockNumber: Number(receipt.blockNumber),
    gasUsed: gasShare(Number(receipt.gasUsed), call, total),
  }
}

/** The gas of the transaction in proportion to the calls' measured gas, split evenly within a fold. */
function gasShare(gasUsed: Gas, call: PlannedCall, total: Gas): Gas {
  return Math.round((gasUsed * call.gas) / total / call.operations.length)
}

/**
 * The status of an operation without a log. A call without gas proves nothing about its operation, and a reverted fold
 * proves nothing about its members: they are evicted. Any other revert is final, unless the operation ran early
 * (`evictEarly`).
 * @param revertData of the call; `0x` when unknown
 */
export function revertedStatus(call: PlannedCall, revertData: Hex, txHash: Hash): OpStatus {
  if (revertData === '0x') return { type: 'Evicted', reason: 'GasLimitExceeded', nextNonce: null }
  if (call.operations.length > 1) {
    return { type: 'Evicted', reason: 'DependencyNotReady', nextNonce: null }
  }
  const reason = toFailure(decodeRevert(revertData), 'execution')
  return reason.type === 'NonceTooHigh'
    ? { type: 'Evicted', reason: 'DependencyNotReady', nextNonce: reason.expected }
    : { type: 'Failed', reason, txHash }
}
