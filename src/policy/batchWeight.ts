/**
 * Estimated gas and calldata size of a batch during planning, before its operations are encoded or simulated.
 *
 * The estimate follows the shape of the transaction: an `aggregate3` with one call per operation, but a single call, the fold,
 * for all operations of the folded kind.
 */
import type { OperationKind, QueuedOperation } from '../domain/operation.ts'
import type { Gas } from '../domain/primitives.ts'
import { CALL_OVERHEAD_GAS, plannedGas, TRANSACTION_OVERHEAD_GAS } from './gasLimit.ts'
import { type GasModel, marginalGas, startOf } from './gasModel.ts'

export interface BatchWeight {
  /** Expected gas limit of the transaction. */
  readonly gas: Gas
  /** Size of the transaction's calldata in bytes. */
  readonly bytes: number
  /** Kinds of the operations in the batch, without repetition. */
  readonly kinds: readonly OperationKind[]
}

/** ABI encoding of `aggregate3` without calls: selector, and the offset and length of the array. */
const MULTICALL_BYTES = 4 + 2 * 32
/** ABI encoding of a call without data: offset in the array, target, `allowFailure`, data offset and length. */
const CALL_BYTES = 5 * 32
const SELECTOR_BYTES = 4

export const EMPTY_BATCH: BatchWeight = {
  gas: TRANSACTION_OVERHEAD_GAS,
  bytes: MULTICALL_BYTES,
  kinds: [],
}

/** The part of an operation that its weight depends on. */
export type Weighed = Pick<QueuedOperation, 'kind' | 'bytes'>

/** The weight of the batch after adding an operation. */
export function addToBatch(batch: BatchWeight, operation: Weighed, model: GasModel): BatchWeight {
  const isFirst = !batch.kinds.includes(operation.kind)
  const { foldBytes } = startOf(model, operation.kind)
  const bytes = addedBytes(operation, isFirst, foldBytes)
  const isFolded = foldBytes !== null
  const isNewCall = isFirst || !isFolded
  const work = plannedGas(marginalGas(model, operation.kind, isFirst), bytes, isFolded)
  return {
    gas: batch.gas + work + (isNewCall ? CALL_OVERHEAD_GAS : 0),
    bytes: batch.bytes + bytes,
    kinds: isFirst ? [...batch.kinds, operation.kind] : batch.kinds,
  }
}

/** The weight of a batch with these operations. */
export function weigh(operations: readonly Weighed[], model: GasModel): BatchWeight {
  return operations.reduce((weight, operation) => addToBatch(weight, operation, model), EMPTY_BATCH)
}

function addedBytes(operation: Weighed, isFirst: boolean, foldBytes: number | null): number {
  if (foldBytes === null) return CALL_BYTES + padded(operation.bytes)
  // In a fold, a member's arguments have the same size as in a separate call. Only the selector is not repeated.
  const member = operation.bytes - SELECTOR_BYTES
  return isFirst ? CALL_BYTES + padded(foldBytes) + member : member
}

/** ABI encoding pads byte strings to words of 32 bytes. */
function padded(bytes: number): number {
  return Math.ceil(bytes / 32) * 32
}
