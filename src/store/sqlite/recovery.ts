/**
 * What a start goes on from.
 *
 * Only what a signed transaction carries can be on its way; everything else that was in a batch when the process ended
 * returns to the queue: the operations of a batch that was never signed, and those that a signed batch's plan had left
 * out and whose verdict was not stored.
 */
import type { BatchRecord, FinalizedBatch } from '../../domain/batch.ts'
import type { OperationId, QueuedOperation } from '../../domain/operation.ts'
import type { Millis } from '../../domain/primitives.ts'
import type { RecoveredState, ResumableBatch } from '../../domain/recovery.ts'
import { type BatchRow, decodeBatch, SELECT_BATCH } from './batches.ts'
import type { Database, NoParameters } from './database.ts'
import { QUEUED } from './operationRows.ts'
import type { BatchNumber } from './operations.ts'
import { createReadOperations, parsePage } from './queuedOperations.ts'
import type { Reads } from './reads.ts'

/** Operations that are read at once: enough to make each read's own price vanish, few enough for one string. */
export const RECOVERY_PAGE = 10_000

export function createRecovery(database: Database, reads: Reads): (at: Millis) => RecoveredState {
  const open = database.prepare<NoParameters, BatchRow>(
    `${SELECT_BATCH} WHERE endedAt IS NULL ORDER BY number`,
  )
  const highest = database.prepare<NoParameters, { seq: number }>(
    `SELECT seq FROM sqlite_sequence WHERE name = 'operations'`,
  )
  const release = createRelease(database)
  const dissolve = createDissolve(database)
  const keepRiding = createKeepRiding(database)
  const readOperations = createReadOperations(database)
  const readQueue = createReadQueue(database)

  return (at) =>
    database.transaction(() => {
      const batches: ResumableBatch[] = []
      for (const row of open.all({})) {
        const record = decodeBatch(row)
        const attempts = reads.attempts(record.id)
        const isSigned = attempts.length > 0
        const carried = isSigned ? (record.plan?.calls.flatMap(({ operations }) => operations) ?? []) : []
        release(row.number, carried, at)
        const operations = readOperations(keepRiding(row.number, carried))
        if (isSigned) batches.push({ record, operations, attempts })
        else dissolve(row.number, record, at)
      }
      return { queued: readQueue(), batches, nextSequence: (highest.first({})?.seq ?? 0) + 1 }
    })
}

/** Returns the operations of a batch to the queue, but for those that its transaction carries. */
function createRelease(
  database: Database,
): (batch: BatchNumber, carried: readonly OperationId[], at: Millis) => void {
  const update = database.prepare<{ batch: BatchNumber; carried: string; at: Millis }>(`
    UPDATE operations SET state = 'queued', updatedAt = :at
    WHERE batch = :batch AND state = 'batching' AND id NOT IN (SELECT value FROM json_each(:carried))`)
  return (batch, carried, at) => void update.run({ batch, carried: JSON.stringify(carried), at })
}

/**
 * Picks those that are in the batch still. What failed meanwhile is not, nor what a batch had evicted at an end that a
 * reorg undid.
 */
function createKeepRiding(
  database: Database,
): (batch: BatchNumber, carried: readonly OperationId[]) => readonly OperationId[] {
  const select = database.prepare<{ batch: BatchNumber }, { id: OperationId }>(
    `SELECT id FROM operations WHERE batch = :batch AND state IN ('batching', 'submitted')`,
  )
  return (batch, carried) => {
    const riding = new Set(select.all({ batch }).map(({ id }) => id))
    return carried.filter((id) => riding.has(id))
  }
}

function createDissolve(database: Database): (number: BatchNumber, record: BatchRecord, at: Millis) => void {
  const update = database.prepare<{ number: BatchNumber; result: string; at: Millis }>(
    `UPDATE batches SET state = 'Failed', endedAt = :at, result = :result WHERE number = :number`,
  )
  return (number, record, at) =>
    void update.run({ number, result: JSON.stringify(dissolved(record, at)), at })
}

/** No operation has a status of it: none was evicted for a reason, and its try does not count. */
function dissolved({ id, createdAt, simulationCompletedAt }: BatchRecord, at: Millis): FinalizedBatch {
  return {
    batchId: id,
    txHash: null,
    blockNumber: null,
    gasUsed: 0,
    statuses: {},
    timing: {
      createdAt,
      simulationCompletedAt,
      submittedAt: null,
      finalizedAt: at,
      totalDuration: at - createdAt,
      resubmissionCount: 0,
    },
    failure: 'the gateway stopped before a transaction was signed for the batch',
  }
}

/** Reads all that is queued, in order of admission. */
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
