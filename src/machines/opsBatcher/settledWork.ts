/** Ends that a reorg may undo: kept for as many blocks as one can reach, and told apart when one comes. */
import type { BlockRef } from '../../domain/chain.ts'
import type { OperationId, QueuedOperation } from '../../domain/operation.ts'
import type { SettledBatch, SettledWork } from '../../domain/recovery.ts'

/** Blocks for which an end is remembered; the chain monitor tells reorgs as deep. */
export const REORG_WINDOW = 128

export const noSettledWork: SettledWork = { batches: [], operations: [] }

export function rememberBatch(ends: SettledWork, batch: SettledBatch): SettledWork {
  return { ...ends, batches: [...ends.batches, batch] }
}

/** @param evidenceBlock the blocks of those that ended; the others go on */
export function rememberOperations(
  ends: SettledWork,
  operations: readonly QueuedOperation[],
  evidenceBlock: Readonly<Record<OperationId, BlockRef>>,
): SettledWork {
  const ended = operations.flatMap((operation) => {
    const block = evidenceBlock[operation.id]
    return block === undefined ? [] : [{ operation, evidenceBlock: block }]
  })
  return { ...ends, operations: [...ends.operations, ...ended] }
}

/**
 * Splits ends at a block: those that stand on it or on a later one, and those below.
 * @param blockNumber the lowest block of the upper part
 */
export function splitAt(
  { batches, operations }: SettledWork,
  blockNumber: number,
): { readonly from: SettledWork; readonly below: SettledWork } {
  const isBatchFrom = ({ inclusion }: SettledBatch) => inclusion.blockNumber >= blockNumber
  const isOperationFrom = ({ evidenceBlock }: SettledWork['operations'][number]) =>
    evidenceBlock.blockNumber >= blockNumber
  return {
    from: { batches: batches.filter(isBatchFrom), operations: operations.filter(isOperationFrom) },
    below: {
      batches: batches.filter((batch) => !isBatchFrom(batch)),
      operations: operations.filter((operation) => !isOperationFrom(operation)),
    },
  }
}
