/** The data of a pendingBatch, and the inputs and results of the effects. */
import type {
  BatchId,
  BatchPlan,
  BatchRecord,
  BatchState,
  FinalizedBatch,
  Inclusion,
  TransactionAttempt,
} from '../../domain/batch.ts'
import type { BlockRef } from '../../domain/chain.ts'
import type { PendingBatchConfig } from '../../domain/config.ts'
import type { DividedCost } from '../../domain/cost.ts'
import type { ResubmissionReason } from '../../domain/events.ts'
import { type FinalityTags, noTags } from '../../domain/finality.ts'
import type { OperationId, OperationKind, QueuedOperation } from '../../domain/operation.ts'
import type { Address, DurationMs, Gas, Hash, Millis, Now } from '../../domain/primitives.ts'
import type { Refusal } from '../../domain/refusal.ts'
import type { OpStatus } from '../../domain/status.ts'
import type { GasUsage } from '../../policy/gasReserve.ts'
import { type FailingEffects, noFailures } from '../failingEffects.ts'

/** Total gas of the operations of a kind, for the sizer. */
export interface MeasuredGas {
  readonly kind: OperationKind
  readonly operations: number
  readonly gas: Gas
}

export interface SimulationReport {
  /** Null when no operation is left to send. */
  readonly plan: BatchPlan | null
  /** The statuses of the operations outside the plan. */
  readonly statuses: Readonly<Record<OperationId, OpStatus>>
  /** The evidence blocks of the verdicts in `statuses`. */
  readonly evidenceBlock: Readonly<Record<OperationId, BlockRef>>
  readonly measured: readonly MeasuredGas[]
  /** Gas that the limit has beyond the learnt reserve, because the batches in flight could not be simulated exactly. */
  readonly extraReserve: Gas
  readonly at: Millis
}

export interface SimulationInput {
  /** In the order of execution. */
  readonly operations: readonly QueuedOperation[]
  /** Most gas of the transaction. */
  readonly gasCap: Gas
  /** Operations of our batches in flight, by batch. They execute before this batch. */
  readonly ahead: readonly (readonly QueuedOperation[])[]
  /** Gas of the limit beyond the simulated gas, learnt from earlier batches. */
  readonly gasReserve: Gas
}

/** A batch with attempts, in the stored form: stored by a former run, or before the block was orphaned. */
export interface SignedBatch {
  readonly record: BatchRecord
  /** Oldest first. */
  readonly attempts: readonly TransactionAttempt[]
}

/** The result of a broadcast to all endpoints. `refusals` holds the answers that had arrived by then. */
export type BroadcastResult =
  | { readonly type: 'accepted'; readonly refusals: readonly Refusal[] }
  /** No endpoint accepted. `refusal` decides what the batch does next. */
  | { readonly type: 'refused'; readonly refusal: Refusal; readonly refusals: readonly Refusal[] }

/** The result of a check: whether any attempt of a batch is included. */
export interface InclusionReport {
  readonly inclusion: Inclusion | null
  /**
   * The foreign transaction that has consumed the batch's nonce in a canonical block at the configured depth. `unknown`
   * when the nonce is consumed and the node does not know by which transaction. Null while the nonce is not consumed.
   */
  readonly consumedBy: Hash | 'unknown' | null
  /** The newest block of the node at the check. */
  readonly blockNumber: number
}

export interface OutcomeInput {
  /**
   * The plan of the included attempt. Null when the cancel was included: the receipt of a cancel gives no verdict on the
   * operations.
   */
  readonly plan: BatchPlan | null
  readonly operations: readonly QueuedOperation[]
  readonly inclusion: Inclusion
}

export type OutcomeReport =
  | {
      readonly type: 'settled'
      readonly statuses: Readonly<Record<OperationId, OpStatus>>
      readonly gasUsed: Gas
      readonly cost?: DividedCost
    }
  /** The receipt is missing or in a different block: the inclusion is not evidence any more. */
  | { readonly type: 'orphaned' }

export interface PendingBatchInput {
  readonly batchId: BatchId
  readonly operations: readonly QueuedOperation[]
  /** Most gas of its transaction. The plan stays below. */
  readonly gasCap: Gas
  readonly ahead: SimulationInput['ahead']
  readonly gasReserve: Gas
  readonly config: PendingBatchConfig
  /** The multicall contract. */
  readonly target: Address
  /** Time from acceptance to the deadline of an operation. */
  readonly operationDeadline: DurationMs
  readonly createdAt: Millis
  readonly now: Now
  readonly origin: BatchOrigin
}

/** How a batch begins. */
export type BatchOrigin =
  /** The batcher has chosen its operations. Nothing is signed yet. */
  | { readonly type: 'planned' }
  /** No operations: the batch fills a gap in the nonces. */
  | { readonly type: 'healing'; readonly nonce: number }
  /** Signed before a restart. */
  | ({ readonly type: 'resumed' } & SignedBatch)
  /** Settled, then its block was orphaned. The record and the attempts are in the store. */
  | { readonly type: 'revived' }

export interface PendingBatchOutput {
  readonly batch: FinalizedBatch
  readonly inclusion: Inclusion | null
  readonly operations: readonly QueuedOperation[]
  readonly measured: readonly MeasuredGas[]
  /** Null without verdicts from an included plan. */
  readonly usage: GasUsage | null
}

export interface PendingBatchContext {
  readonly batchId: BatchId
  /** The last state that the store was asked to keep. */
  readonly storedState: BatchState
  /** The operations still in the batch, without the operations removed by simulation. */
  readonly operations: readonly QueuedOperation[]
  /** Most gas of its transaction. The plan stays below. */
  readonly gasCap: Gas
  readonly ahead: SimulationInput['ahead']
  readonly gasReserve: Gas
  readonly config: PendingBatchConfig
  readonly operationDeadline: DurationMs
  readonly target: Address
  readonly now: Now
  readonly origin: BatchOrigin['type']
  /** The nonce of the gap to fill; null for a batch with operations. */
  readonly gapNonce: number | null
  /** Oldest first. Every attempt names the plan that it carries. */
  readonly plans: readonly BatchPlan[]
  readonly statuses: Readonly<Record<OperationId, OpStatus>>
  readonly measured: readonly MeasuredGas[]
  /** The extra reserve of the newest plan. */
  readonly extraReserve: Gas
  /** Every attempt, oldest first. Any attempt may be included. */
  readonly attempts: readonly TransactionAttempt[]
  readonly inclusion: Inclusion | null
  readonly gasUsed: Gas
  /** What the included transaction has cost; null before the verdicts. */
  readonly cost: DividedCost | null
  /** Number of the newest block. */
  readonly headNumber: number
  /** The newest blocks with a tag. */
  readonly tags: FinalityTags
  /** The reason for the last resubmission. */
  readonly resubmissionReason: ResubmissionReason
  /** The attempt that is being broadcast. */
  readonly sending: TransactionAttempt | null
  /** The last broadcast; `refusal` is null if an endpoint accepted the attempt. */
  readonly lastBroadcast: {
    readonly hash: Hash
    readonly at: Millis
    readonly refusal: Refusal | null
  } | null
  /** The last attempt that an endpoint accepted. */
  readonly accepted: Hash | null
  /** Time from a refused broadcast to the next broadcast of the same bytes. Doubles with each refusal. */
  readonly backOff: DurationMs
  readonly blocksSinceBroadcast: number
  readonly blocksSinceCheck: number
  /** Since when the chain accepts the batch's nonce next; null before. Higher fees do not help before. */
  readonly nextNonceSince: Millis | null
  /** Time of the first broadcast of all, accepted or not; null before. */
  readonly offeredAt: Millis | null
  /** Time and head of the last offer: the first broadcast of the newest attempt, or the last request to replace it. */
  readonly lastOffer: { readonly at: Millis; readonly headNumber: number } | null
  /** Number of replacements that the wallet refused, because the fee ceiling leaves no room or funds are low. */
  readonly refusedReplacements: number
  /** No smaller plan is possible: only a cancel can consume the nonce. */
  readonly mustCancel: boolean
  /** Gas limit of a cancel. */
  readonly cancelGas: Gas
  /** A block showed a hash of the batch, and no check has ended since. */
  readonly isSeen: boolean
  readonly blocksSinceSubmission: number
  /**
   * Newest block at which an unknown transaction had consumed the nonce; null when the last check did not find an
   * unknown transaction.
   */
  readonly displacedAt: number | null
  readonly createdAt: Millis
  readonly simulationCompletedAt: Millis | null
  readonly submittedAt: Millis | null
  readonly pausedAt: Millis
  readonly failure: string | null
  /** The effects that fail. */
  readonly failing: FailingEffects
}

/** Gas of a plain transfer. */
const TRANSFER_GAS = 21_000

export function startContext(input: PendingBatchInput): PendingBatchContext {
  const { origin } = input
  const fresh: PendingBatchContext = {
    batchId: input.batchId,
    storedState: 'Pending',
    operations: input.operations,
    gasCap: input.gasCap,
    ahead: input.ahead,
    gasReserve: input.gasReserve,
    config: input.config,
    operationDeadline: input.operationDeadline,
    target: input.target,
    now: input.now,
    origin: origin.type,
    gapNonce: origin.type === 'healing' ? origin.nonce : null,
    plans: [],
    statuses: {},
    measured: [],
    extraReserve: 0,
    attempts: [],
    inclusion: null,
    gasUsed: 0,
    cost: null,
    headNumber: 0,
    tags: noTags,
    resubmissionReason: 'Timeout',
    sending: null,
    lastBroadcast: null,
    accepted: null,
    backOff: 0,
    blocksSinceBroadcast: 0,
    blocksSinceCheck: 0,
    nextNonceSince: null,
    offeredAt: null,
    lastOffer: null,
    refusedReplacements: 0,
    mustCancel: false,
    cancelGas: TRANSFER_GAS,
    isSeen: false,
    blocksSinceSubmission: 0,
    displacedAt: null,
    createdAt: input.createdAt,
    simulationCompletedAt: null,
    submittedAt: null,
    pausedAt: 0,
    failure: null,
    failing: noFailures,
  }
  return origin.type === 'resumed' ? { ...fresh, ...signedBefore(origin) } : fresh
}

/** The stored part of the context. A batch without a plan fills a gap. */
export function signedBefore({ record, attempts }: SignedBatch) {
  return {
    storedState: record.state,
    plans: record.plans,
    gapNonce: record.plans.length === 0 ? (attempts[0]?.nonce ?? null) : null,
    attempts,
    offeredAt: attempts[0]?.signedAt ?? null,
    createdAt: record.createdAt,
    simulationCompletedAt: record.simulationCompletedAt,
    submittedAt: record.submittedAt,
  }
}
