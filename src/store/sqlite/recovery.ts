/**
 * The work to resume: at a start, and after a reorg.
 *
 * At a start, only a signed transaction can carry an operation. All other operations in batches return to the queue:
 * the operations of a batch without a signed attempt, and operations without a stored status that the plan of a signed
 * batch left out.
 *
 * After a reorg, a revived batch takes back the operations in the batch's transaction that the batch's settlement
 * finalized or failed. An operation evicted by the settlement is queued or in another batch. An operation that failed
 * before the settlement failed for another reason.
 */
import type { BatchId, BatchRecord, TransactionAttempt } from '../../domain/batch.ts'
import type { OperationId, QueuedOperation } from '../../domain/operation.ts'
import type { Hash, Millis } from '../../domain/primitives.ts'
import type {
  ClimbingBatch,
  RecoveredState,
  ResumableBatch,
  SettledBatch,
  SettledOperation,
  SettledWork,
} from '../../domain/recovery.ts'
import { StoreError } from '../port.ts'
import {
  type BatchNumber,
  type BatchRow,
  decodeBatch,
  decodeInclusion,
  dissolved,
  plannedOperations,
  type StoredBatch,
} from '../records/batches.ts'
import { decodeQueued, type QueuedTuple } from '../records/operations.ts'
import { type NumberOf, SELECT_BATCH, type WriteHandler } from './batches.ts'
import type { Database, NoParameters } from './database.ts'
import { costPath, createReadOperations, createReviveInBatch, parsePage, QUEUED } from './operations.ts'
import type { Reads } from './reads.ts'

/** Operations per read. A larger page gains no speed; a smaller page keeps the JSON string short. */
export const RECOVERY_PAGE = 10_000

/** Number of attempts that show the highest nonce: more than batches in flight, because their order of signing may differ. */
const NEWEST_ATTEMPTS = 64

export function createRecovery(database: Database, reads: Reads): (at: Millis) => RecoveredState {
  const open = database.prepare<NoParameters, BatchRow>(
    `${SELECT_BATCH} WHERE settledAt IS NULL ORDER BY number`,
  )
  const highest = database.prepare<NoParameters, { seq: number }>(
    `SELECT seq FROM sqlite_sequence WHERE name = 'operations'`,
  )
  const newest = database.prepare<NoParameters, Pick<TransactionAttempt, 'nonce' | 'raw'>>(`
    SELECT nonce, '0x' || lower(hex(raw)) AS raw FROM attempts ORDER BY number DESC LIMIT ${NEWEST_ATTEMPTS}`)
  const requeueOthers = createRequeueOthers(database)
  const dissolve = createDissolve(database)
  const filterInBatch = createFilterInBatch(database)
  const readOperations = createReadOperations(database)
  const readQueue = createReadQueue(database)
  const readClimbing = createReadClimbing(database)

  return (at) =>
    database.transaction(() => {
      const batches: ResumableBatch[] = []
      for (const row of open.all({})) {
        const record = decodeBatch(row, reads.plans(row.number))
        const attempts = reads.attempts(record.id)
        const isSigned = attempts.length > 0
        // A later plan has no operation that the first plan lacks.
        const carried = isSigned ? (record.plans[0]?.calls.flatMap(({ operations }) => operations) ?? []) : []
        requeueOthers(row.number, carried, at)
        const operations = readOperations(filterInBatch(row.number, carried))
        if (isSigned) batches.push({ record, operations, attempts })
        else dissolve(row.number, record, at)
      }
      const nextSequence = (highest.first({})?.seq ?? 0) + 1
      return {
        queued: readQueue(),
        batches,
        climbing: readClimbing(),
        nextSequence,
        newestAttempts: newest.all({}),
      }
    })
}

/** Returns the operations of a batch to the queue, except the operations in its transaction. */
function createRequeueOthers(
  database: Database,
): (batch: BatchNumber, carried: readonly OperationId[], at: Millis) => void {
  const update = database.prepare<{ batch: BatchNumber; carried: string; at: Millis }>(`
    UPDATE operations SET state = 'queued', updatedAt = :at
    WHERE batch = :batch AND state = 'batching' AND id NOT IN (SELECT value FROM json_each(:carried))`)
  return (batch, carried, at) => void update.run({ batch, carried: JSON.stringify(carried), at })
}

/**
 * Keeps the operations still in the batch. An operation is out of the batch after a failure of the operation alone, or
 * after an eviction in a settlement undone by a reorg.
 */
function createFilterInBatch(
  database: Database,
): (batch: BatchNumber, carried: readonly OperationId[]) => readonly OperationId[] {
  const select = database.prepare<{ batch: BatchNumber }, { id: OperationId }>(
    `SELECT id FROM operations WHERE batch = :batch AND state IN ('batching', 'submitted')`,
  )
  return (batch, carried) => {
    const inBatch = new Set(select.all({ batch }).map(({ id }) => id))
    return carried.filter((id) => inBatch.has(id))
  }
}

function createDissolve(database: Database): (number: BatchNumber, record: BatchRecord, at: Millis) => void {
  const update = database.prepare<{ number: BatchNumber; result: string; at: Millis }>(
    `UPDATE batches SET state = 'Failed', settledAt = :at, result = :result WHERE number = :number`,
  )
  return (number, record, at) =>
    void update.run({ number, result: JSON.stringify(dissolved(record, at)), at })
}

/** Reads all queued operations in order of admission. */
function createReadQueue(database: Database): () => readonly QueuedOperation[] {
  const select = database.prepare<{ after: number; limit: number }, { page: string }>(`
    SELECT json_group_array(${QUEUED} ORDER BY sequence) AS page
    FROM (
      SELECT * FROM operations WHERE state = 'queued' AND sequence > :after ORDER BY sequence LIMIT :limit
    ) AS operations`)
  return () => {
    const queue: QueuedOperation[] = []
    for (;;) {
      const page = parsePage(
        select.first({ after: queue.at(-1)?.sequence ?? -1, limit: RECOVERY_PAGE })?.page,
      )
      for (const operation of page) queue.push(operation)
      if (page.length < RECOVERY_PAGE) return queue
    }
  }
}

/** Most batches whose levels of finality are followed after a start. */
const MOST_CLIMBING = 10_000

function createReadClimbing(database: Database): () => readonly ClimbingBatch[] {
  const select = database.prepare<
    { limit: number },
    { batchId: BatchId; inclusion: string | null; finality: string; settledAt: Millis | null }
  >(`
    SELECT id AS batchId, inclusion, finality, settledAt FROM batches INDEXED BY batches_climbing
    WHERE finality IS NOT NULL AND finality ->> '$.levels.finalized' IS NULL
    ORDER BY number DESC LIMIT :limit`)
  return () =>
    select
      .all({ limit: MOST_CLIMBING })
      .map(({ batchId, inclusion, finality, settledAt }) => ({
        batchId,
        inclusion: decodeInclusion(inclusion).inclusion,
        finality: JSON.parse(finality),
        isSettled: settledAt !== null,
      }))
      .reverse()
}

export function createRevive(database: Database, numberOf: NumberOf): WriteHandler<'batch.revived'> {
  const select = database.prepare<{ number: BatchNumber }, { signed: number; txHash: Hash | null }>(`
    SELECT count(*) AS signed, (
      SELECT hash FROM attempts WHERE batch = :number AND purpose = 'batch' ORDER BY number DESC LIMIT 1
    ) AS txHash
    FROM attempts WHERE batch = :number`)
  const update = database.prepare<{ number: BatchNumber }>(`
    UPDATE batches SET state = 'Pending', inclusion = NULL, finality = NULL, settledAt = NULL, result = NULL, verdicts = '[]', totalCost = NULL
    WHERE number = :number AND settledAt IS NOT NULL`)
  const readSettled = createReadSettled(database)
  const reviveInBatch = createReviveInBatch(database)
  const removeShares = createRemoveShares(database)
  return ({ batchId, at }) => {
    const number = numberOf(batchId)
    const settled = readSettled(number)
    removeShares({ id: batchId, number })
    if (update.run({ number }) === 0) return []
    const { signed, txHash } = select.first({ number }) ?? { signed: 0, txHash: null }
    if (signed === 0 || (txHash === null && settled.length > 0)) {
      throw new StoreError(
        'conflict',
        `batch ${batchId} has no signed transaction that carried its operations`,
      )
    }
    if (txHash !== null) reviveInBatch(settled, { batch: number, txHash, at })
    return []
  }
}

/** The orphaned transaction has cost nothing. */
function createRemoveShares(database: Database): (batch: StoredBatch) => void {
  const update = database.prepare<{ number: BatchNumber; path: string }>(`
    UPDATE operations SET costs = json_remove(costs, :path)
    WHERE id IN (
      SELECT share.key FROM batches, json_each(result, '$.cost.shares') AS share WHERE batches.number = :number
    )`)
  return ({ id, number }) => void update.run({ number, path: costPath(id) })
}

export function createSettledSince(database: Database): (blockNumber: number) => SettledWork {
  const batchesSince = createBatchesSince(database)
  const operationsSince = createOperationsSince(database)
  return (blockNumber) => ({ batches: batchesSince(blockNumber), operations: operationsSince(blockNumber) })
}

function createOperationsSince(database: Database): (blockNumber: number) => readonly SettledOperation[] {
  const select = database.prepare<{ blockNumber: number }, { queued: string; evidenceBlock: string }>(`
    SELECT ${QUEUED} AS queued, evidenceBlock FROM operations INDEXED BY operations_evidence
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
    SELECT number, id AS batchId, inclusion FROM batches INDEXED BY batches_included
    WHERE settledAt IS NOT NULL AND inclusion IS NOT NULL AND inclusion ->> 'blockNumber' >= :blockNumber
    ORDER BY number`)
  const readSettled = createReadSettled(database)
  const readOperations = createReadOperations(database)
  return (blockNumber) =>
    select.all({ blockNumber }).flatMap(({ number, batchId, inclusion: json }) => {
      const { inclusion } = decodeInclusion(json)
      return inclusion === null
        ? []
        : [{ batchId, inclusion, operations: readOperations(readSettled(number)) }]
    })
}

/** Reads the planned operations that the settlement of a batch finalized or failed, in the order of the first plan. */
function createReadSettled(database: Database): (number: BatchNumber) => readonly OperationId[] {
  const select = database.prepare<{ number: BatchNumber }, { calls: string; verdicts: string }>(
    `SELECT calls, verdicts FROM plans JOIN batches ON batches.number = plans.batch WHERE batch = :number
      ORDER BY plans.number LIMIT 1`,
  )
  return (number) => {
    const row = select.first({ number })
    if (row === undefined) return []
    const verdicts: ReadonlySet<OperationId> = new Set(JSON.parse(row.verdicts))
    return plannedOperations(row.calls).filter((id) => verdicts.has(id))
  }
}
