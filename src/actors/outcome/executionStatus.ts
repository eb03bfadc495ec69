/** The status of an operation by the result of its call in the included transaction. */
import type { Hash, TransactionReceipt } from 'viem'
import type { BatchPlan, PlannedCall } from '../../domain/batch.ts'
import type { Gas } from '../../domain/primitives.ts'
import type { OpStatus } from '../../domain/status.ts'
import { callAllowance, leastGiven } from '../../policy/gasLimit.ts'
import type { Registry } from '../../registry/registry.ts'
import { evictedStatus } from '../simulation/verdict.ts'
import type { Revert } from './reverts.ts'

/** @param gasUsed share of the operation in the gas of the transaction */
export function finalizedStatus(
  { transactionHash, blockNumber }: TransactionReceipt,
  gasUsed: Gas,
): OpStatus {
  return { type: 'Finalized', txHash: transactionHash, blockNumber: Number(blockNumber), gasUsed }
}

/** The end of a call about which nothing is known. */
const UNKNOWN: Revert = { data: '0x', gas: null }

/**
 * The status of an operation without a log. A call without gas proves nothing about its operation, and a reverted fold
 * proves nothing about its members: they are evicted. Any other revert is final, unless the operation ran early
 * (`evictEarly`).
 */
export function revertedStatus(
  registry: Pick<Registry, 'toFailure'>,
  plan: Pick<BatchPlan, 'calls'>,
  call: PlannedCall,
  revert = UNKNOWN,
  txHash: Hash,
): OpStatus {
  if (revert.data === '0x' || isStarved(call, revert)) return outOfGasStatus(plan, call, revert, txHash)
  if (call.operations.length > 1) return evictedStatus('DependencyNotReady')
  const reason = registry.toFailure(revert.data, 'execution')
  return reason.type === 'NonceTooHigh'
    ? evictedStatus('DependencyNotReady', { nextNonce: reason.expected })
    : { type: 'Failed', reason, txHash }
}

/**
 * Out of gas is charged to the only operation of a transaction, and to an operation whose call used more than its own
 * allowance. Otherwise another call may have used up the gas: the operations go on in batches of half the size. Foreign
 * code may use up any gas, so there is no second try.
 */
function outOfGasStatus(
  { calls }: Pick<BatchPlan, 'calls'>,
  call: PlannedCall,
  revert: Revert,
  txHash: Hash,
): OpStatus {
  if (call.mayRunForeignCode) {
    return { type: 'Failed', reason: { type: 'ExecutionReverted', revert: null }, txHash }
  }
  const size = calls.reduce((sum, { operations }) => sum + operations.length, 0)
  return size === 1 || isExcessive(call, revert)
    ? evictedStatus('GasLimitExceeded', { batchLimit: 1 })
    : evictedStatus('BatchFull', { batchLimit: Math.floor(size / 2) })
}

/** The call got less gas than planned, because an earlier call used more than in simulation. */
function isStarved({ gas, operations }: PlannedCall, revert: Revert): boolean {
  return revert.gas !== null && revert.gas.given < leastGiven(gas, operations.length)
}

/** The call of a single operation used more gas than its allowance. In a fold, no evidence names the member. */
function isExcessive({ gas, operations }: PlannedCall, revert: Revert): boolean {
  return operations.length === 1 && revert.gas !== null && revert.gas.used > callAllowance(gas)
}
