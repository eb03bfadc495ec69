/** SQL for batches, plans and attempts. */
import type { BatchId } from '../../domain/batch.ts'
import type { IgnoredTransition, StoreWrite } from '../../domain/writes.ts'
import { StoreError } from '../port.ts'
import type { BatchNumber } from '../records/batches.ts'
import type { Database } from './database.ts'

/** Reads the row number of a batch. Throws a `StoreError` for an unknown batch. */
export type NumberOf = (id: BatchId) => BatchNumber

export function createNumberOf(database: Database): NumberOf {
  const select = database.prepare<{ id: BatchId }, { number: BatchNumber }>(
    'SELECT number FROM batches WHERE id = :id',
  )
  return (id) => {
    const batch = select.first({ id })
    if (batch === undefined) throw new StoreError('conflict', `batch ${id} is not stored`)
    return batch.number
  }
}

/** Carries out writes of one type; returns the operations left unchanged by the write. */
export type WriteHandler<T extends StoreWrite['type']> = (
  write: Extract<StoreWrite, { type: T }>,
) => readonly IgnoredTransition[]

/** SQL for batches without their plans, without a condition; `decodeBatch` reads the rows. */
export const SELECT_BATCH = `
  SELECT number, id, state, operations, gasBudget, createdAt, simulationCompletedAt, submittedAt, inclusion, finality, result
  FROM batches`

/** SQL for the plans of the batch `:number`, oldest first; `decodeBatch` reads the rows. */
export const SELECT_PLANS = `
  SELECT gasLimit, calls, '0x' || lower(hex(callData)) AS callData FROM plans WHERE batch = :number ORDER BY number`

/** SQL for batches without their plans, without a condition; `decodeSummary` reads the rows. */
export const SELECT_SUMMARY = `
  SELECT id, state, json_array_length(operations) AS operationCount, gasBudget,
    (SELECT gasLimit FROM plans WHERE plans.batch = batches.number ORDER BY plans.number DESC LIMIT 1) AS gasLimit,
    result ->> 'gasUsed' AS gasUsed, totalCost, createdAt, simulationCompletedAt, submittedAt, inclusion, finality, result -> 'timing' AS timing,
    CASE WHEN result IS NOT NULL THEN (SELECT json_group_array(value ->> 'type') FROM json_each(result, '$.statuses')) END AS outcomes,
    result ->> 'failure' AS failure
  FROM batches`

/** SQL for the signed transactions of the batch `:batchId`, oldest first. `decodeAttempt` reads the rows. */
export const SELECT_ATTEMPTS = `
  SELECT hash, nonce, purpose, plan, refusal, batches.id AS batchId, gasLimit, maxFeePerGas, maxPriorityFeePerGas, rollupFee,
    '0x' || lower(hex(raw)) AS raw, signedAt
  FROM attempts JOIN batches ON batches.number = attempts.batch
  WHERE batches.id = :batchId ORDER BY attempts.number`
