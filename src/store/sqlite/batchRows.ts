/** Rows of batches and of their signed transactions, and the records of the domain that they stand for. */
import type { BatchRecord, BatchState } from '../../domain/batch.ts'
import { decodePlan, type PlanColumns } from './plans.ts'

/** SQL for a batch with its plan, as `decodeBatch` reads it; what it selects from follows. */
export const SELECT_BATCH = `
  SELECT number, id, state, operations, gasBudget, createdAt, simulationCompletedAt, submittedAt, inclusion, result,
    gasLimit, calls, '0x' || lower(hex(callData)) AS callData
  FROM batches LEFT JOIN plans ON plans.batch = batches.number`

type NoPlan = { readonly [Column in keyof PlanColumns]: null }

export type BatchRow = (PlanColumns | NoPlan) & {
  readonly number: number
  readonly id: string
  readonly state: BatchState
  /** JSON: ids. */
  readonly operations: string
  readonly gasBudget: number
  readonly createdAt: number
  readonly simulationCompletedAt: number | null
  readonly submittedAt: number | null
  /** JSON: `Inclusion`. */
  readonly inclusion: string | null
  /** JSON: `FinalizedBatch`. */
  readonly result: string | null
}

export function decodeBatch(row: BatchRow): BatchRecord {
  return {
    id: row.id,
    state: row.state,
    operations: JSON.parse(row.operations),
    gasBudget: row.gasBudget,
    plan: row.calls === null ? null : decodePlan(row),
    createdAt: row.createdAt,
    simulationCompletedAt: row.simulationCompletedAt,
    submittedAt: row.submittedAt,
    inclusion: row.inclusion === null ? null : JSON.parse(row.inclusion),
    result: row.result === null ? null : JSON.parse(row.result),
  }
}

/** SQL for the signed transactions of the batch `:batchId`, oldest first; its rows are the domain's records. */
export const SELECT_ATTEMPTS = `
  SELECT hash, nonce, purpose, batches.id AS batchId, gasLimit, maxFeePerGas, maxPriorityFeePerGas,
    '0x' || lower(hex(raw)) AS raw, signedAt
  FROM attempts JOIN batches ON batches.number = attempts.batch
  WHERE batches.id = :batchId ORDER BY attempts.number`
