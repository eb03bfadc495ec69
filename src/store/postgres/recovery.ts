/** The work to resume, at a start and after a reorg. The rules are those of the SQLite store (`src/store/sqlite/recovery.ts`). */
import type { BatchId, TransactionAttempt } from '../../domain/batch.ts'
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
import { numberArrivals } from './arrivals.ts'
import type { Query } from './connection.ts'
import { holdAgain, QUEUED, readOperations } from './operations.ts'
import { readAttempts, readPlans, SELECT_BATCH } from './reads.ts'

/** Operations per read of the queue. */
const RECOVERY_PAGE = 10_000

/** Number of attempts that show the highest nonce: more than batches in flight, because their order of signing may differ. */
const NEWEST_ATTEMPTS = 64

/** Most batches whose levels of finality are followed after a start. */
const MOST_CLIMBING = 10_000

/** Call it in a transaction. */
export async function recover(query: Query, at: Millis): Promise<RecoveredState> {
  const nextSequence = await numberArrivals(query)
  const batches: ResumableBatch[] = []
  const open = await query<BatchRow>(`${SELECT_BATCH} WHERE "settledAt" IS NULL ORDER BY number`)
  for (const row of open.rows) {
    const record = decodeBatch(row, await readPlans(query, row.number))
    const attempts = await readAttempts(query, record.id)
    const isSigned = attempts.length > 0
    // A later plan has no operation that the first plan lacks.
    const carried = isSigned ? (record.plans[0]?.calls.flatMap(({ operations }) => operations) ?? []) : []
    await query(
      `UPDATE operations SET state = 'queued', "updatedAt" = $3
       WHERE batch = $1 AND state = 'batching' AND id <> ALL ($2::text[])`,
      [row.number, carried, at],
    )
    const operations = await readOperations(query, await inBatch(query, row.number, carried))
    if (isSigned) batches.push({ record, operations, attempts })
    else {
      await query(`UPDATE batches SET state = 'Failed', "settledAt" = $2, result = $3 WHERE number = $1`, [
        row.number,
        at,
        JSON.stringify(dissolved(record, at)),
      ])
    }
  }
  const newest = await query<Pick<TransactionAttempt, 'nonce' | 'raw'>>(
    `SELECT nonce, '0x' || encode(raw, 'hex') AS raw FROM attempts ORDER BY number DESC LIMIT ${NEWEST_ATTEMPTS}`,
  )
  return {
    queued: await readQueue(query),
    batches,
    climbing: await readClimbing(query),
    nextSequence,
    newestAttempts: newest.rows,
  }
}

/**
 * Keeps the operations still in the batch. An operation is out of the batch after a failure of the operation alone, or
 * after an eviction in a settlement undone by a reorg.
 */
async function inBatch(
  query: Query,
  batch: BatchNumber,
  carried: readonly OperationId[],
): Promise<readonly OperationId[]> {
  const { rows } = await query<{ id: OperationId }>(
    `SELECT id FROM operations WHERE batch = $1 AND state IN ('batching', 'submitted')`,
    [batch],
  )
  const present = new Set(rows.map(({ id }) => id))
  return carried.filter((id) => present.has(id))
}

/** Reads all queued operations in order of admission. */
async function readQueue(query: Query): Promise<readonly QueuedOperation[]> {
  const queue: QueuedOperation[] = []
  for (;;) {
    const { rows } = await query<{ queued: QueuedTuple }>(
      `SELECT ${QUEUED} AS queued FROM operations WHERE state = 'queued' AND sequence > $1 ORDER BY sequence LIMIT $2`,
      [queue.at(-1)?.sequence ?? -1, RECOVERY_PAGE],
    )
    for (const { queued } of rows) queue.push(decodeQueued(queued))
    if (rows.length < RECOVERY_PAGE) return queue
  }
}

async function readClimbing(query: Query): Promise<readonly ClimbingBatch[]> {
  const { rows } = await query<{
    batchId: BatchId
    inclusion: string | null
    finality: string
    settledAt: Millis | null
  }>(
    `SELECT id AS "batchId", inclusion, finality, "settledAt" FROM batches WHERE "isClimbing" ORDER BY number DESC LIMIT $1`,
    [MOST_CLIMBING],
  )
  return rows
    .map(({ batchId, inclusion, finality, settledAt }) => ({
      batchId,
      inclusion: decodeInclusion(inclusion).inclusion,
      finality: JSON.parse(finality),
      isSettled: settledAt !== null,
    }))
    .reverse()
}

export async function reviveBatch(query: Query, { id, number }: StoredBatch, at: Millis): Promise<void> {
  const settled = await readSettled(query, number)
  // The orphaned transaction has cost nothing.
  await query(
    `UPDATE operations SET costs = costs - $2::text
     WHERE id IN (SELECT jsonb_object_keys(coalesce(result::jsonb -> 'cost' -> 'shares', '{}')) FROM batches WHERE number = $1)`,
    [number, id],
  )
  const { count } = await query(
    `UPDATE batches SET state = 'Pending', inclusion = NULL, "includedIn" = NULL, finality = NULL, "isClimbing" = false,
       "settledAt" = NULL, result = NULL, verdicts = '[]', "totalCost" = NULL
     WHERE number = $1 AND "settledAt" IS NOT NULL`,
    [number],
  )
  if (count === 0) return
  const { rows } = await query<{ signed: number; txHash: Hash | null }>(
    `SELECT count(*) AS signed, (
       SELECT hash FROM attempts WHERE batch = $1 AND purpose = 'batch' ORDER BY number DESC LIMIT 1
     ) AS "txHash"
     FROM attempts WHERE batch = $1`,
    [number],
  )
  const { signed, txHash } = rows[0] ?? { signed: 0, txHash: null }
  if (signed === 0 || (txHash === null && settled.length > 0)) {
    throw new StoreError('conflict', `batch ${id} has no signed transaction that carried its operations`)
  }
  if (txHash === null) return
  await query(
    `UPDATE operations SET state = 'submitted', "txHash" = $3, status = NULL, "updatedAt" = $4
     WHERE id = ANY ($1) AND batch = $2 AND state IN ('finalized', 'failed')`,
    [settled, number, txHash, at],
  )
  await holdAgain(query, settled)
}

/** Returns an operation to `queued` if its verdict depends on an evidence block. */
export async function reviveInQueue(query: Query, id: OperationId, at: Millis): Promise<void> {
  const { count } = await query(
    `UPDATE operations SET state = 'queued', status = NULL, "evidenceBlock" = NULL, "evidenceIn" = NULL, "updatedAt" = $2
     WHERE id = $1 AND "evidenceBlock" IS NOT NULL`,
    [id, at],
  )
  if (count > 0) await holdAgain(query, [id])
}

export async function readSettledSince(query: Query, blockNumber: number): Promise<SettledWork> {
  return {
    batches: await batchesSince(query, blockNumber),
    operations: await operationsSince(query, blockNumber),
  }
}

async function operationsSince(query: Query, blockNumber: number): Promise<readonly SettledOperation[]> {
  const { rows } = await query<{ queued: QueuedTuple; evidenceBlock: string }>(
    `SELECT ${QUEUED} AS queued, "evidenceBlock" FROM operations WHERE "evidenceIn" >= $1 ORDER BY sequence`,
    [blockNumber],
  )
  return rows.map(({ queued, evidenceBlock }) => ({
    operation: decodeQueued(queued),
    evidenceBlock: JSON.parse(evidenceBlock),
  }))
}

async function batchesSince(query: Query, blockNumber: number): Promise<readonly SettledBatch[]> {
  const { rows } = await query<{ number: BatchNumber; batchId: BatchId; inclusion: string }>(
    `SELECT number, id AS "batchId", inclusion FROM batches
     WHERE "settledAt" IS NOT NULL AND "includedIn" >= $1 ORDER BY number`,
    [blockNumber],
  )
  const found: SettledBatch[] = []
  for (const { number, batchId, inclusion: json } of rows) {
    const { inclusion } = decodeInclusion(json)
    if (inclusion === null) continue
    const operations = await readOperations(query, await readSettled(query, number))
    found.push({ batchId, inclusion, operations })
  }
  return found
}

/** Reads the planned operations that the settlement of a batch finalized or failed, in the order of the first plan. */
async function readSettled(query: Query, number: BatchNumber): Promise<readonly OperationId[]> {
  const { rows } = await query<{ calls: string; verdicts: string }>(
    `SELECT calls, verdicts FROM plans JOIN batches ON batches.number = plans.batch WHERE batch = $1
     ORDER BY plans.number LIMIT 1`,
    [number],
  )
  const [row] = rows
  if (row === undefined) return []
  const verdicts: ReadonlySet<OperationId> = new Set(JSON.parse(row.verdicts))
  return plannedOperations(row.calls).filter((id) => verdicts.has(id))
}
