/** Reads of single operations and batches. */
import type { BatchId, BatchRecord, BatchSummary, TransactionAttempt } from '../../domain/batch.ts'
import type { OpEnvelope, OperationId, OperationKind } from '../../domain/operation.ts'
import type { Millis, Wei } from '../../domain/primitives.ts'
import type { Progress } from '../../domain/progress.ts'
import type { GatewayRequestState } from '../../domain/status.ts'
import type { OperationRecord } from '../port.ts'
import {
  type AttemptRow,
  type BatchNumber,
  type BatchRow,
  decodeAttempt,
  decodeBatch,
  decodeSummary,
  type PlanColumns,
  type SummaryRow,
} from '../records/batches.ts'
import {
  decodeEnvelope,
  decodeOperation,
  decodeProgress,
  decodeState,
  type EnvelopeTuple,
  type OperationRow,
  type ProgressRow,
  type StateRow,
} from '../records/operations.ts'
import { SELECT_ATTEMPTS, SELECT_BATCH, SELECT_PLANS, SELECT_SUMMARY } from './batches.ts'
import type { Database, NoParameters } from './database.ts'
import { ENVELOPE } from './operations.ts'

export interface Reads {
  status(id: OperationId): { readonly kind: OperationKind; readonly state: GatewayRequestState } | null
  progress(id: OperationId): Progress | null
  operation(id: OperationId): OperationRecord | null
  envelopes(ids: readonly OperationId[]): readonly OpEnvelope[]
  batch(id: BatchId): BatchRecord | null
  batches(limit: number, before: BatchId | undefined): readonly BatchSummary[]
  attempts(batchId: BatchId): readonly TransactionAttempt[]
  plans(number: BatchNumber): readonly PlanColumns[]
  spentSince(at: Millis): Wei
  ping(): void
}

export function createReads(database: Database): Reads {
  const status = database.prepare<{ id: OperationId }, StateRow & { readonly kind: OperationKind }>(
    'SELECT kind, state, txHash, status FROM operations WHERE id = :id',
  )
  const operation = database.prepare<{ id: OperationId }, OperationRow>(`
    SELECT ${ENVELOPE} AS envelope, operations.state, txHash, status, batches.id AS batchId, updatedAt, costs
    FROM operations JOIN payloads USING (sequence) LEFT JOIN batches ON batches.number = operations.batch
    WHERE operations.id = :id`)
  const progress = database.prepare<{ id: OperationId }, StateRow & ProgressRow>(`
    SELECT operations.state, txHash, status, batches.id AS batchId, finality
    FROM operations LEFT JOIN batches ON batches.number = operations.batch WHERE operations.id = :id`)
  const envelopes = database.prepare<{ ids: string }, { page: string }>(`
    SELECT json_group_array(${ENVELOPE} ORDER BY wanted.key) AS page
    FROM json_each(:ids) AS wanted
    JOIN operations ON operations.id = wanted.value
    JOIN payloads ON payloads.sequence = operations.sequence`)
  const batch = database.prepare<{ id: BatchId }, BatchRow>(`${SELECT_BATCH} WHERE id = :id`)
  const numberOf = database.prepare<{ id: BatchId }, { number: number }>(
    'SELECT number FROM batches WHERE id = :id',
  )
  const newest = database.prepare<{ limit: number; before: number }, SummaryRow>(
    `${SELECT_SUMMARY} WHERE number < :before ORDER BY number DESC LIMIT :limit`,
  )
  const attempts = database.prepare<{ batchId: BatchId }, AttemptRow>(SELECT_ATTEMPTS)
  const plans = database.prepare<{ number: BatchNumber }, PlanColumns>(SELECT_PLANS)
  const costs = database.prepare<{ at: Millis }, { totalCost: Wei }>(
    'SELECT totalCost FROM batches INDEXED BY batches_cost WHERE totalCost IS NOT NULL AND settledAt > :at',
  )
  const ping = database.prepare<NoParameters, { answer: number }>('SELECT 1 AS answer')

  return {
    status(id) {
      const row = status.first({ id })
      return row === undefined ? null : { kind: row.kind, state: decodeState(row) }
    },
    progress(id) {
      const row = progress.first({ id })
      return row === undefined ? null : decodeProgress(row)
    },
    operation(id) {
      const row = operation.first({ id })
      return row === undefined ? null : decodeOperation(row)
    },
    envelopes(ids) {
      const tuples: readonly EnvelopeTuple[] = JSON.parse(
        envelopes.first({ ids: JSON.stringify(ids) })?.page ?? '[]',
      )
      return tuples.map(decodeEnvelope)
    },
    batch(id) {
      const row = batch.first({ id })
      return row === undefined ? null : decodeBatch(row, plans.all({ number: row.number }))
    },
    batches(limit, before) {
      // Row numbers start at 1, so 0 selects nothing.
      const bound =
        before === undefined ? Number.MAX_SAFE_INTEGER : (numberOf.first({ id: before })?.number ?? 0)
      return newest.all({ limit, before: bound }).map(decodeSummary)
    },
    attempts: (batchId) => attempts.all({ batchId }).map(decodeAttempt),
    plans: (number) => plans.all({ number }),
    // An amount in wei exceeds the integers of SQLite.
    spentSince: (at) => String(costs.all({ at }).reduce((sum, { totalCost }) => sum + BigInt(totalCost), 0n)),
    ping: () => void ping.first({}),
  }
}
