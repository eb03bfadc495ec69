/** What a pendingBatch knows, and what it asks and is told. What follows from that stands in `batchRules.ts`. */
import type {
  BatchId,
  BatchPlan,
  BatchRecord,
  FinalizedBatch,
  Inclusion,
  TransactionAttempt,
} from '../../domain/batch.ts'
import type { BlockRef } from '../../domain/chain.ts'
import type { PendingBatchConfig } from '../../domain/config.ts'
import type { ResubmissionReason } from '../../domain/events.ts'
import type { OperationId, OperationKind, QueuedOperation } from '../../domain/operation.ts'
import type { Address, Gas, Hash, Millis, Now } from '../../domain/primitives.ts'
import type { OpStatus } from '../../domain/status.ts'

/** What operations of a kind used together; the sizer learns from it. */
export interface MeasuredGas {
  readonly kind: OperationKind
  readonly operations: number
  readonly gas: Gas
}

export interface SimulationReport {
  /** Null when nothing is worth sending. */
  readonly plan: BatchPlan | null
  /** The fates of the operations that are not in the plan. */
  readonly statuses: Readonly<Record<OperationId, OpStatus>>
  /** The blocks that the ends among these stand on. */
  readonly evidenceBlock: Readonly<Record<OperationId, BlockRef>>
  readonly measured: readonly MeasuredGas[]
  readonly at: Millis
}

export interface SimulationInput {
  /** In the order in which they must run. */
  readonly operations: readonly QueuedOperation[]
  /** Most gas of the transaction. */
  readonly gasCap: Gas
}

/** What is known of a batch that was signed before: by a former run, or before its block was orphaned. */
export interface SignedBatch {
  readonly record: BatchRecord
  /** Oldest first. */
  readonly attempts: readonly TransactionAttempt[]
}

/** What the node said to a signed transaction. */
export type BroadcastResult = 'accepted' | 'nonceConsumed' | 'underpriced'

/** Whether any of a batch's transactions is in a block. */
export interface InclusionReport {
  readonly inclusion: Inclusion | null
  /**
   * The transaction, not one of the batch's, that has consumed the nonce in a canonical block at the configured depth;
   * `unknown` when the node cannot say any more which it was; null while none is known to have.
   */
  readonly consumedBy: Hash | 'unknown' | null
  /** The block in whose view this was read. */
  readonly blockNumber: number
}

export interface OutcomeInput {
  /** Null when it was the cancel that was included: there are no operations to judge. */
  readonly plan: BatchPlan | null
  readonly operations: readonly QueuedOperation[]
  readonly inclusion: Inclusion
}

export type OutcomeReport =
  | {
      readonly type: 'settled'
      readonly statuses: Readonly<Record<OperationId, OpStatus>>
      readonly gasUsed: Gas
    }
  /** The receipt is gone or in another block: what was seen is no evidence any more. */
  | { readonly type: 'orphaned' }

export interface PendingBatchInput {
  readonly batchId: BatchId
  readonly operations: readonly QueuedOperation[]
  /** Most gas of its transaction, whatever was planned. */
  readonly gasCap: Gas
  readonly config: PendingBatchConfig
  /** The multicall contract. */
  readonly target: Address
  readonly createdAt: Millis
  readonly now: Now
  readonly origin: BatchOrigin
}

/** How a batch begins. */
export type BatchOrigin =
  /** Its operations were chosen, and nothing was signed yet. */
  | { readonly type: 'planned' }
  /** It carries no operations, only fills a nonce that nobody stands for. */
  | { readonly type: 'healing'; readonly nonce: number }
  /** It was signed before a restart. */
  | ({ readonly type: 'resumed' } & SignedBatch)
  /** It had ended, and its block was orphaned: the store knows the rest. */
  | { readonly type: 'revived' }

export interface PendingBatchOutput {
  readonly batch: FinalizedBatch
  readonly inclusion: Inclusion | null
  readonly operations: readonly QueuedOperation[]
  readonly measured: readonly MeasuredGas[]
}

export interface PendingBatchContext {
  readonly batchId: BatchId
  /** Those that are still in it: what simulation dropped has left. */
  readonly operations: readonly QueuedOperation[]
  /** Most gas of its transaction, whatever was planned. */
  readonly gasCap: Gas
  readonly config: PendingBatchConfig
  readonly target: Address
  readonly now: Now
  readonly origin: BatchOrigin['type']
  /** The nonce that it only fills; null for a batch with operations. */
  readonly gapNonce: number | null
  readonly plan: BatchPlan | null
  readonly statuses: Readonly<Record<OperationId, OpStatus>>
  readonly measured: readonly MeasuredGas[]
  /** Every transaction signed for it, oldest first. Any of them may be the one that lands. */
  readonly attempts: readonly TransactionAttempt[]
  readonly inclusion: Inclusion | null
  readonly gasUsed: Gas
  /** Number of the newest block that was seen. */
  readonly headNumber: number
  /** Why it was last sent again. */
  readonly resubmissionReason: ResubmissionReason
  /** The bytes on their way to a node. */
  readonly sending: TransactionAttempt | null
  /** What was last given to a node, when, and whether the node took it. */
  readonly lastBroadcast: { readonly hash: Hash; readonly at: Millis; readonly accepted: boolean } | null
  /** The transaction that was last said to be submitted. */
  readonly announced: Hash | null
  readonly blocksSinceBroadcast: number
  readonly blocksSinceCheck: number
  /** Since when the chain accepts its nonce next; null while it does not. Only then does a higher fee help. */
  readonly headSince: Millis | null
  /** When and at which head its newest attempt, or the same again for want of a higher fee, was first sent. */
  readonly lastOffer: { readonly at: Millis; readonly headNumber: number } | null
  /** A block with one of its hashes was seen, and has not been looked into yet. */
  readonly isSeen: boolean
  readonly blocksSinceSubmission: number
  /** Newest block at which the nonce was consumed and none of the hashes was found; null when that was not seen. */
  readonly lostAt: number | null
  readonly createdAt: Millis
  readonly simulationCompletedAt: Millis | null
  readonly submittedAt: Millis | null
  readonly pausedAt: Millis
  readonly failure: string | null
}

export function startContext(input: PendingBatchInput): PendingBatchContext {
  const { origin } = input
  const fresh: PendingBatchContext = {
    batchId: input.batchId,
    operations: input.operations,
    gasCap: input.gasCap,
    config: input.config,
    target: input.target,
    now: input.now,
    origin: origin.type,
    gapNonce: origin.type === 'healing' ? origin.nonce : null,
    plan: null,
    statuses: {},
    measured: [],
    attempts: [],
    inclusion: null,
    gasUsed: 0,
    headNumber: 0,
    resubmissionReason: 'Timeout',
    sending: null,
    lastBroadcast: null,
    announced: null,
    blocksSinceBroadcast: 0,
    blocksSinceCheck: 0,
    headSince: null,
    lastOffer: null,
    isSeen: false,
    blocksSinceSubmission: 0,
    lostAt: null,
    createdAt: input.createdAt,
    simulationCompletedAt: null,
    submittedAt: null,
    pausedAt: 0,
    failure: null,
  }
  return origin.type === 'resumed' ? { ...fresh, ...signedBefore(origin) } : fresh
}

/** What a batch goes on from that was signed before. One that was never planned has only its nonce to fill. */
export function signedBefore({ record, attempts }: SignedBatch) {
  return {
    plan: record.plan,
    gapNonce: record.plan === null ? (attempts[0]?.nonce ?? null) : null,
    attempts,
    createdAt: record.createdAt,
    simulationCompletedAt: record.simulationCompletedAt,
    submittedAt: record.submittedAt,
  }
}
