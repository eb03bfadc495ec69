/** Reads of single operations and batches. */
import type { BatchId, BatchRecord, BatchSummary, TransactionAttempt } from '../../domain/batch.ts'
import type { OpEnvelope, OperationId } from '../../domain/operation.ts'
import type { Millis, Wei } from '../../domain/primitives.ts'
import type { Progress } from '../../domain/progress.ts'
import type { OperationRecord, RequestStore } from '../port.ts'
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
import type { Query } from './connection.ts'
import { ENVELOPE } from './operations.ts'

/** SQL for batches without their plans, without a condition; `decodeBatch` reads the rows. */
export const SELECT_BATCH = `
  SELECT number, id, state, operations, "gasBudget", "createdAt", "simulationCompletedAt", "submittedAt", inclusion, finality, result
  FROM batches`

export async function readStatus(query: Query, id: OperationId): ReturnType<RequestStore['status']> {
  const { rows } = await query<StateRow & Pick<OpEnvelope, 'kind'>>(
    'SELECT kind, state, "txHash", status FROM operations WHERE id = $1',
    [id],
  )
  const [row] = rows
  return row === undefined ? null : { kind: row.kind, state: decodeState(row) }
}

export async function readProgress(query: Query, id: OperationId): Promise<Progress | null> {
  const { rows } = await query<StateRow & ProgressRow>(
    `SELECT operations.state, "txHash", status, batches.id AS "batchId", finality
     FROM operations LEFT JOIN batches ON batches.number = operations.batch WHERE operations.id = $1`,
    [id],
  )
  const [row] = rows
  return row === undefined ? null : decodeProgress(row)
}

export async function readOperation(query: Query, id: OperationId): Promise<OperationRecord | null> {
  const { rows } = await query<OperationRow>(
    `SELECT ${ENVELOPE}::text AS envelope, operations.state, "txHash", status, batches.id AS "batchId", "updatedAt", costs::text
     FROM operations JOIN payloads USING (sequence) LEFT JOIN batches ON batches.number = operations.batch
     WHERE operations.id = $1`,
    [id],
  )
  const [row] = rows
  return row === undefined ? null : decodeOperation(row)
}

export async function readEnvelopes(
  query: Query,
  ids: readonly OperationId[],
): Promise<readonly OpEnvelope[]> {
  if (ids.length === 0) return []
  const { rows } = await query<{ envelope: EnvelopeTuple }>(
    `SELECT ${ENVELOPE} AS envelope FROM unnest($1::text[]) WITH ORDINALITY AS wanted (id, place)
     JOIN operations ON operations.id = wanted.id JOIN payloads USING (sequence) ORDER BY place`,
    [ids],
  )
  return rows.map(({ envelope }) => decodeEnvelope(envelope))
}

export async function readBatch(query: Query, id: BatchId): Promise<BatchRecord | null> {
  const { rows } = await query<BatchRow>(`${SELECT_BATCH} WHERE id = $1`, [id])
  const [row] = rows
  return row === undefined ? null : decodeBatch(row, await readPlans(query, row.number))
}

export async function readPlans(query: Query, number: BatchNumber): Promise<readonly PlanColumns[]> {
  const { rows } = await query<PlanColumns>(
    `SELECT "gasLimit", calls, '0x' || encode("callData", 'hex') AS "callData" FROM plans WHERE batch = $1 ORDER BY number`,
    [number],
  )
  return rows
}

/** Row numbers start at 1, so an unknown `before` selects nothing. */
export async function readBatches(
  query: Query,
  limit: number,
  before?: BatchId,
): Promise<readonly BatchSummary[]> {
  const { rows } = await query<SummaryRow>(
    `SELECT id, state, json_array_length(operations::json) AS "operationCount", "gasBudget",
       (SELECT "gasLimit" FROM plans WHERE plans.batch = batches.number ORDER BY plans.number DESC LIMIT 1) AS "gasLimit",
       (result::json ->> 'gasUsed')::bigint AS "gasUsed", "totalCost", "createdAt", "simulationCompletedAt", "submittedAt",
       inclusion, finality, result::json ->> 'timing' AS timing,
       CASE WHEN result IS NOT NULL THEN (SELECT coalesce(json_agg(value ->> 'type'), '[]')::text FROM json_each(result::json -> 'statuses')) END AS outcomes,
       result::json ->> 'failure' AS failure
     FROM batches
     WHERE $2::text IS NULL OR number < coalesce((SELECT number FROM batches WHERE id = $2), 0)
     ORDER BY number DESC LIMIT $1`,
    [limit, before ?? null],
  )
  return rows.map(decodeSummary)
}

export async function readAttempts(query: Query, batchId: BatchId): Promise<readonly TransactionAttempt[]> {
  const { rows } = await query<AttemptRow>(
    `SELECT hash, nonce, purpose, plan, refusal, batches.id AS "batchId", "gasLimit", "maxFeePerGas", "maxPriorityFeePerGas",
       "rollupFee", '0x' || encode(raw, 'hex') AS raw, "signedAt"
     FROM attempts JOIN batches ON batches.number = attempts.batch
     WHERE batches.id = $1 ORDER BY attempts.number`,
    [batchId],
  )
  return rows.map(decodeAttempt)
}

export async function readSpentSince(query: Query, at: Millis): Promise<Wei> {
  const { rows } = await query<{ sum: string }>(
    `SELECT coalesce(sum("totalCost"::numeric), 0)::text AS sum FROM batches WHERE "totalCost" IS NOT NULL AND "settledAt" > $1`,
    [at],
  )
  return rows[0]?.sum ?? '0'
}
