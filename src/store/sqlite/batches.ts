/** Rows of batches and of their signed transactions, and the records of the domain that they stand for. */
import type { BatchRecord, BatchState, BatchSummary, BatchTiming } from '../../domain/batch.ts'
import { decodeInclusion } from './inclusions.ts'
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
  /** As `decodeInclusion` reads it. */
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
    ...decodeInclusion(row.inclusion),
    result: row.result === null ? null : JSON.parse(row.result),
  }
}

/** SQL for a batch without its plan, as `decodeSummary` reads it; what it selects from follows. */
export const SELECT_SUMMARY = `
  SELECT id, state, json_array_length(operations) AS operationCount, gasBudget, gasLimit, result ->> 'gasUsed' AS gasUsed,
    createdAt, simulationCompletedAt, submittedAt, inclusion, result -> 'timing' AS timing, result ->> 'failure' AS failure
  FROM batches LEFT JOIN plans ON plans.batch = batches.number`

export type SummaryRow = Omit<BatchSummary, 'inclusion' | 'includedAt' | keyof EndTiming> & {
  /** As `decodeInclusion` reads it. */
  readonly inclusion: string | null
  /** JSON: `BatchTiming`. */
  readonly timing: string | null
}

/** Of a batch's timing, what is known at its end only. */
type EndTiming = Pick<BatchTiming, 'finalizedAt' | 'totalDuration' | 'resubmissionCount'>

export function decodeSummary({ inclusion, timing: json, ...columns }: SummaryRow): BatchSummary {
  const timing: EndTiming | null = json === null ? null : JSON.parse(json)
  return {
    ...columns,
    ...decodeInclusion(inclusion),
    finalizedAt: timing?.finalizedAt ?? null,
    totalDuration: timing?.totalDuration ?? null,
    resubmissionCount: timing?.resubmissionCount ?? null,
  }
}

/** SQL for the signed transactions of the batch `:batchId`, oldest first; its rows are the domain's records. */
export const SELECT_ATTEMPTS = `
  SELECT hash, nonce, purpose, batches.id AS batchId, gasLimit, maxFeePerGas, maxPriorityFeePerGas,
    '0x' || lower(hex(raw)) AS raw, signedAt
  FROM attempts JOIN batches ON batches.number = attempts.batch
  WHERE batches.id = :batchId ORDER BY attempts.number`
