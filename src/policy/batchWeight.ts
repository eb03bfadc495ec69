/**
 * What a batch weighs while it is being put together: gas and bytes, before any of it is encoded or simulated.
 *
 * It knows the shape of the transaction: `aggregate3` of one call per operation, but all creates folded into a single
 * `createManyAccounts`.
 */
import type { OperationKind, QueuedOperation } from '../domain/operation.ts'
import type { Gas } from '../domain/primitives.ts'
import { CALL_OVERHEAD_GAS, plannedGas, TRANSACTION_OVERHEAD_GAS } from './gasLimit.ts'
import { type GasModel, marginalGas } from './gasModel.ts'

export interface BatchWeight {
  /** Expected gas limit of the transaction. */
  readonly gas: Gas
  /** Size of its calldata. */
  readonly bytes: number
  readonly kinds: readonly OperationKind[]
}

/** ABI encoding: selector, then the offset and the length of the array of calls. */
const MULTICALL_BYTES = 4 + 2 * 32
/** ABI encoding of a call but for its data: its offset in the array, target, `allowFailure`, data offset and length. */
const CALL_BYTES = 5 * 32
const SELECTOR_BYTES = 4
/** ABI encoding of a fold but for its members: selector, and offset and length of its four arrays. */
const FOLD_BYTES = SELECTOR_BYTES + 4 * 2 * 32

export const EMPTY_BATCH: BatchWeight = {
  gas: TRANSACTION_OVERHEAD_GAS,
  bytes: MULTICALL_BYTES,
  kinds: [],
}

/** What the batch weighs with one more operation. */
export function addToBatch(batch: BatchWeight, operation: QueuedOperation, model: GasModel): BatchWeight {
  const isFirst = !batch.kinds.includes(operation.kind)
  const bytes = addedBytes(operation, isFirst)
  const isNewCall = isFirst || operation.kind !== 'create_account'
  const work = plannedGas(marginalGas(model, operation.kind, isFirst), bytes)
  return {
    gas: batch.gas + work + (isNewCall ? CALL_OVERHEAD_GAS : 0),
    bytes: batch.bytes + bytes,
    kinds: isFirst ? [...batch.kinds, operation.kind] : batch.kinds,
  }
}

function addedBytes(operation: QueuedOperation, isFirst: boolean): number {
  if (operation.kind !== 'create_account') return CALL_BYTES + padded(operation.bytes)
  // A member's arguments take the same room in the fold as in a call of its own; only the selector is not repeated.
  const member = operation.bytes - SELECTOR_BYTES
  return isFirst ? CALL_BYTES + padded(FOLD_BYTES) + member : member
}

/** ABI encoding pads byte strings to whole words. */
function padded(bytes: number): number {
  return Math.ceil(bytes / 32) * 32
}
