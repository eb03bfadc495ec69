/**
 * Ends that a reorg undoes: which they are, and taking them back.
 *
 * A batch takes back only what its own transaction carried and its own end judged. What it had evicted is queued or in
 * another batch by now, and what failed before its end has failed for another reason.
 */
import type { BatchId } from '../../domain/batch.ts'
import type { OperationId } from '../../domain/operation.ts'
import type { Hash } from '../../domain/primitives.ts'
import type { SettledBatch, SettledOperation, SettledWork } from '../../domain/recovery.ts'
import type { NumberOf, WriteHandler } from './batchHandler.ts'
import type { Database } from './database.ts'
import { decodeInclusion } from './inclusions.ts'
import { decodeQueued, QUEUED, type QueuedTuple } from './operationRows.ts'
import { type BatchNumber, createTakeBack } from './operations.ts'
import { plannedOperations } from './plans.ts'
import { createReadOperations } from './queuedOperations.ts'
import { StoreError } from './storeError.ts'

export function createRevive(database: Database, numberOf: NumberOf): WriteHandler<'batch.revived'> {
  const select = database.prepare<{ number: BatchNumber }, { signed: number; txHash: Hash | null }>(`
    SELECT count(*) AS signed, (
      SELECT hash FROM attempts WHERE batch = :number AND purpose = 'batch' ORDER BY number DESC LIMIT 1
    ) AS txHash
    FROM attempts WHERE batch = :number`)
  const update = database.prepare<{ number: BatchNumber }>(`
    UPDATE batches SET state = 'Submitted', inclusion = NULL, endedAt = NULL, result = NULL, judged = '[]'
    WHERE number = :number AND endedAt IS NOT NULL`)
  const readJudged = createReadJudged(database)
  const takeBack = createTakeBack(database)
  return ({ batchId, at }) => {
    const number = numberOf(batchId)
    const judged = readJudged(number)
    if (update.run({ number }) === 0) return []
    const { signed, txHash } = select.first({ number }) ?? { signed: 0, txHash: null }
    if (signed === 0 || (txHash === null && judged.length > 0)) {
      throw new StoreError('conflict', `batch ${batchId} has no signed transaction that could have landed`)
    }
    if (txHash !== null) takeBack(judged, { batch: number, txHash, at })
    return []
  }
}

export function createSettledSince(database: Database): (blockNumber: number) => SettledWork {
  const batchesSince = createBatchesSince(database)
  const operationsSince = createOperationsSince(database)
  return (blockNumber) => ({ batches: batchesSince(blockNumber), operations: operationsSince(blockNumber) })
}

function createOperationsSince(database: Database): (blockNumber: number) => readonly SettledOperation[] {
  const select = database.prepare<{ blockNumber: number }, { queued: string; evidenceBlock: string }>(`
    SELECT ${QUEUED} AS queued, evidenceBlock FROM operations INDEXED BY operations_standing
    WHERE evidenceBlock IS NOT NULL AND evidenceBlock ->> 'blockNumber' >= :blockNumber
    ORDER BY sequence`)
  return (blockNumber) =>
    select.all({ blockNumber }).map(({ queued, evidenceBlock }) => {
      const tuple: QueuedTuple = JSON.parse(queued)
      return { operation: decodeQueued(tuple), evidenceBlock: JSON.parse(evidenceBlock) }
    })
}

function createBatchesSince(database: Database): (blockNumber: number) => readonly SettledBatch[] {
  const select = database.prepare<
    { blockNumber: number },
    { number: BatchNumber; batchId: BatchId; inclusion: string }
  >(`
    SELECT number, id AS batchId, inclusion FROM batches INDEXED BY batches_settled
    WHERE endedAt IS NOT NULL AND inclusion IS NOT NULL AND inclusion ->> 'blockNumber' >= :blockNumber
    ORDER BY number`)
  const readJudged = createReadJudged(database)
  const readOperations = createReadOperations(database)
  return (blockNumber) =>
    select.all({ blockNumber }).flatMap(({ number, batchId, inclusion: json }) => {
      const { inclusion } = decodeInclusion(json)
      return inclusion === null
        ? []
        : [{ batchId, inclusion, operations: readOperations(readJudged(number)) }]
    })
}

/** Reads which operations of its plan a batch's end has judged, in the plan's order. */
function createReadJudged(database: Database): (number: BatchNumber) => readonly OperationId[] {
  const select = database.prepare<{ number: BatchNumber }, { calls: string; judged: string }>(
    'SELECT calls, judged FROM plans JOIN batches ON batches.number = plans.batch WHERE batch = :number',
  )
  return (number) => {
    const row = select.first({ number })
    if (row === undefined) return []
    const judged: ReadonlySet<OperationId> = new Set(JSON.parse(row.judged))
    return plannedOperations(row.calls).filter((id) => judged.has(id))
  }
}
