/** Ends that a reorg may undo: kept for as many blocks as one can reach, and told apart when one comes. */
import type { BlockRef } from '../domain/chain.ts'
import type { OperationId, QueuedOperation } from '../domain/operation.ts'
import type { SettledBatch, SettledEnds } from '../domain/recovery.ts'

/** Blocks for which an end is remembered; the chain monitor tells reorgs as deep. */
export const REORG_WINDOW = 128

export const noEnds: SettledEnds = { batches: [], operations: [] }

export function rememberBatch(ends: SettledEnds, batch: SettledBatch): SettledEnds {
  return { ...ends, batches: [...ends.batches, batch] }
}

/** @param standsOn the blocks of those that ended; the others go on */
export function rememberOperations(
  ends: SettledEnds,
  operations: readonly QueuedOperation[],
  standsOn: Readonly<Record<OperationId, BlockRef>>,
): SettledEnds {
  const ended = operations.flatMap((operation) => {
    const block = standsOn[operation.id]
    return block === undefined ? [] : [{ operation, standsOn: block }]
  })
  return { ...ends, operations: [...ends.operations, ...ended] }
}

/**
 * Splits ends at a block: those that stand on it or on a later one, and those below.
 * @param blockNumber the lowest block of the upper part
 */
export function splitAt(
  { batches, operations }: SettledEnds,
  blockNumber: number,
): { readonly from: SettledEnds; readonly below: SettledEnds } {
  const isBatchFrom = ({ inclusion }: SettledBatch) => inclusion.blockNumber >= blockNumber
  const isOperationFrom = ({ standsOn }: SettledEnds['operations'][number]) =>
    standsOn.blockNumber >= blockNumber
  return {
    from: { batches: batches.filter(isBatchFrom), operations: operations.filter(isOperationFrom) },
    below: {
      batches: batches.filter((batch) => !isBatchFrom(batch)),
      operations: operations.filter((operation) => !isOperationFrom(operation)),
    },
  }
}
