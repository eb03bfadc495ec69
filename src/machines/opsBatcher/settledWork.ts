/** Settled batches and operations in reach of a reorg. */
import type { BlockRef } from '../../domain/chain.ts'
import type { OperationId, QueuedOperation } from '../../domain/operation.ts'
import type { SettledBatch, SettledWork } from '../../domain/recovery.ts'

/** Settled work is remembered for this number of blocks. The chainMonitor reports reorgs of equal depth. */
export const REORG_WINDOW = 128

export const noSettledWork: SettledWork = { batches: [], operations: [] }

export function rememberBatch(work: SettledWork, batch: SettledBatch): SettledWork {
  return { ...work, batches: [...work.batches, batch] }
}

/** @param evidenceBlock the evidence block of each settled operation; an operation without one is not settled */
export function rememberOperations(
  work: SettledWork,
  operations: readonly QueuedOperation[],
  evidenceBlock: Readonly<Record<OperationId, BlockRef>>,
): SettledWork {
  const settled = operations.flatMap((operation) => {
    const block = evidenceBlock[operation.id]
    return block === undefined ? [] : [{ operation, evidenceBlock: block }]
  })
  return { ...work, operations: [...work.operations, ...settled] }
}

/** Forgets the work out of reach of a reorg. */
export function forgetBelowWindow(work: SettledWork, headNumber: number): SettledWork {
  return splitAt(work, headNumber - REORG_WINDOW + 1).from
}

/**
 * Splits settled work by evidence block.
 * @param blockNumber the lowest block of the part `from`
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
