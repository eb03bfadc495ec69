/** Rows of batches, plans, inclusions and attempts, and their domain records. The columns are the same in every database. */
import {
  type BatchId,
  type BatchPlan,
  type BatchRecord,
  type BatchState,
  type BatchSummary,
  type BatchTiming,
  countOutcomes,
  type FinalizedBatch,
  type Inclusion,
  type PlannedCall,
  type TransactionAttempt,
} from '../../domain/batch.ts'
import type { Finality } from '../../domain/finality.ts'
import type { OperationId } from '../../domain/operation.ts'
import type { Hex, Millis } from '../../domain/primitives.ts'

/** The row number of a batch. */
export type BatchNumber = number

export interface StoredBatch {
  readonly id: BatchId
  readonly number: BatchNumber
}

export interface BatchRow {
  readonly number: BatchNumber
  readonly id: BatchId
  readonly state: BatchState
  /** JSON: ids. */
  readonly operations: string
  readonly gasBudget: number
  readonly createdAt: number
  readonly simulationCompletedAt: number | null
  readonly submittedAt: number | null
  /** JSON: `StoredInclusion`. */
  readonly inclusion: string | null
  /** JSON: `Finality`. */
  readonly finality: string | null
  /** JSON: `FinalizedBatch`. */
  readonly result: string | null
}

export function decodeBatch(row: BatchRow, plans: readonly PlanColumns[]): BatchRecord {
  return {
    id: row.id,
    state: row.state,
    operations: JSON.parse(row.operations),
    gasBudget: row.gasBudget,
    plans: plans.map(decodePlan),
    createdAt: row.createdAt,
    simulationCompletedAt: row.simulationCompletedAt,
    submittedAt: row.submittedAt,
    ...decodeInclusion(row.inclusion),
    finality: decodeFinality(row.finality),
    result: row.result === null ? null : JSON.parse(row.result),
  }
}

export type SummaryRow = Omit<
  BatchSummary,
  'inclusion' | 'includedAt' | 'finality' | 'outcomes' | keyof SettledTiming
> & {
  /** JSON: `StoredInclusion`. */
  readonly inclusion: string | null
  /** JSON: `Finality`. */
  readonly finality: string | null
  /** JSON: `BatchTiming`. */
  readonly timing: string | null
  /** JSON: the type of the result of each operation. Null until the batch is settled. */
  readonly outcomes: string | null
}

/** The part of the timing known after settlement. */
type SettledTiming = Pick<BatchTiming, 'finalizedAt' | 'totalDuration' | 'resubmissionCount'>

export function decodeSummary(row: SummaryRow): BatchSummary {
  const { inclusion, finality, timing: json, outcomes, ...columns } = row
  const timing: SettledTiming | null = json === null ? null : JSON.parse(json)
  return {
    ...columns,
    ...decodeInclusion(inclusion),
    finality: decodeFinality(finality),
    finalizedAt: timing?.finalizedAt ?? null,
    totalDuration: timing?.totalDuration ?? null,
    resubmissionCount: timing?.resubmissionCount ?? null,
    outcomes: outcomes === null ? null : countOutcomes(JSON.parse(outcomes)),
  }
}

export type AttemptRow = Omit<TransactionAttempt, 'refusal'> & {
  /** JSON: `Refusal`. */
  readonly refusal: string | null
}

export function decodeAttempt(row: AttemptRow): TransactionAttempt {
  return { ...row, refusal: row.refusal === null ? null : JSON.parse(row.refusal) }
}

/** The inclusion of a batch and the time of detection, in one column. Rows of older versions have no time. */
type StoredInclusion = Inclusion & { readonly at?: Millis }

export function encodeInclusion(inclusion: Inclusion, at: Millis): string {
  return JSON.stringify({ ...inclusion, at } satisfies StoredInclusion)
}

export function decodeInclusion(json: string | null): Pick<BatchRecord, 'inclusion' | 'includedAt'> {
  if (json === null) return { inclusion: null, includedAt: null }
  const { at, ...inclusion }: StoredInclusion = JSON.parse(json)
  return { inclusion, includedAt: at ?? null }
}

export function decodeFinality(json: string | null): Finality | null {
  return json === null ? null : JSON.parse(json)
}

/** A range of hex digits in the calldata of the batch. */
type DigitRange = readonly [start: number, length: number]

/**
 * The stored form of a planned call. The calldata of the batch contains the calldata of its calls. A call stores a
 * range, and the batch stores the bytes: a plan near the 128 KiB limit of pools takes 128 KiB instead of 512 KiB.
 */
interface StoredCall extends Omit<PlannedCall, 'callData'> {
  /** The hex, if the calldata of the batch does not contain the call's bytes. */
  readonly callData: DigitRange | Hex
}

/** The columns of a plan, with its bytes as hex. */
export type PlanColumns = {
  readonly gasLimit: number
  /** JSON: `StoredCall[]`. */
  readonly calls: string
  readonly callData: Hex
}

export function encodePlan({ calls, callData, gasLimit }: BatchPlan): PlanColumns {
  let searchFrom = 0
  const stored = calls.map((call): StoredCall => {
    const digits = call.callData.slice(2)
    const start = callData.indexOf(digits, searchFrom)
    if (start === -1) return call
    searchFrom = start + digits.length
    return { ...call, callData: [start, digits.length] }
  })
  return { gasLimit, calls: JSON.stringify(stored), callData }
}

function decodePlan({ gasLimit, calls, callData }: PlanColumns): BatchPlan {
  const stored: readonly StoredCall[] = JSON.parse(calls)
  return {
    calls: stored.map((call) => ({ ...call, callData: callDataOf(call, callData) })),
    callData,
    gasLimit,
  }
}

/** The operations in plan order, from the column `calls`. */
export function plannedOperations(calls: string): readonly OperationId[] {
  const stored: readonly StoredCall[] = JSON.parse(calls)
  return stored.flatMap((call) => call.operations)
}

function callDataOf({ callData: stored }: StoredCall, callData: Hex): Hex {
  if (typeof stored === 'string') return stored
  const [start, length] = stored
  return `0x${callData.slice(start, start + length)}`
}

/** The result of a dissolved batch. It has no statuses: no operation was evicted or charged. */
export function dissolved({ id, createdAt, simulationCompletedAt }: BatchRecord, at: Millis): FinalizedBatch {
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
