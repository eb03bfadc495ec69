/** Decides whether to send a batch now, and the operations of the batch. Pure. */
import type { ChainState } from '../../domain/chain.ts'
import type { OpsBatcherConfig } from '../../domain/config.ts'
import type { ThrottleReason } from '../../domain/events.ts'
import { isIsolated, type QueuedOperation } from '../../domain/operation.ts'
import type { Gas, Millis } from '../../domain/primitives.ts'
import { AdaptiveSizer, type Backlog } from '../../policy/adaptiveSizer.ts'
import { weigh } from '../../policy/batchWeight.ts'
import { allowanceOf } from '../../policy/blockBudget.ts'
import type { GasModel } from '../../policy/gasModel.ts'
import type { ReadyQueue } from '../../policy/readyQueue.ts'
import { type BatchLimits, selectBatch } from '../../policy/selectBatch.ts'
import { countInFlight, gasInFlight, type Slots } from './slots.ts'

/**
 * Maximum number of batches at a time, also counting included batches. The limit bounds the cost of a tick. Only verdicts
 * that come very late reach it: with `FINALITY=finalized` a rollup settles the batches of 20 minutes.
 */
const MAX_SLOTS = 1_024

/** The facts that a decision depends on. */
export interface DispatchView {
  readonly config: OpsBatcherConfig
  readonly queue: ReadyQueue
  readonly slots: Slots
  /** Null before the first block. */
  readonly chain: ChainState | null
  readonly isChainFollowed: boolean
  readonly isWalletAvailable: boolean
  /** Share of the usual size of a batch, at most 1: halved by a cancel, doubled by an inclusion. */
  readonly sizeFactor: number
  readonly model: GasModel
  /** Number of batches since the start. */
  readonly batchNumber: number
}

export type Decision =
  | {
      readonly type: 'send'
      readonly operations: readonly QueuedOperation[]
      /** What the batch may use of the block's gas budget. */
      readonly gasBudget: Gas
      /** Expected gas limit of the transaction. */
      readonly gas: Gas
      /** Maximum gas of the transaction. Only a batch of one operation may exceed the budget. */
      readonly gasCap: Gas
    }
  | { readonly type: 'wait'; readonly reason: ThrottleReason }

/** @param at the current time: the age of the oldest operation ends at this time */
export function decide(view: DispatchView, at: Millis): Decision {
  const { config, chain, model } = view
  if (!view.isChainFollowed || chain === null) return { type: 'wait', reason: 'ChainStalled' }
  if (!view.isWalletAvailable) return { type: 'wait', reason: 'WalletUnavailable' }
  if (isAccountLimited(view)) return { type: 'wait', reason: 'AccountLimited' }
  if (!hasPermit(view)) return { type: 'wait', reason: 'NoPermit' }
  const sizer = new AdaptiveSizer(config)
  const isFeeTooHigh = sizer.isFeeTooHigh(chain, backlog(view, view.queue, at))
  if (isFeeTooHigh) return { type: 'wait', reason: 'FeeAboveCeiling' }
  const queue = affordable(view, chain, at, keptBack(view))
  const limits = nextLimits(view, chain, backlog(view, queue, at))
  if (limits.targetGas === 0) return { type: 'wait', reason: 'BlockBudgetUsed' }
  // While the batcher waits, every event asks again. A search of a long queue each time would be too slow.
  const busy = busyLanes(view)
  if (!view.queue.hasBeyond(busy)) return { type: 'wait', reason: 'LanesBusy' }
  // What has waited too long is kept back. The other operations wait for a lower fee.
  if (queue.size === 0) return { type: 'wait', reason: 'FeeAboveCeiling' }
  const operations = selectBatch(
    queue,
    {
      currentBaseFee: chain.baseFee,
      busyLanes: busy,
      isIsolating: isIsolating(view),
      batchNumber: view.batchNumber,
    },
    limits,
    model,
  )
  if (operations.length === 0) return { type: 'wait', reason: 'LanesBusy' }
  const { gas } = weigh(operations, model)
  const isBeyond = gas > limits.targetGas
  if (isBeyond && gasInFlight(view.slots) > 0) return { type: 'wait', reason: 'BlockBudgetUsed' }
  const transactionCap = capOf(view, chain)
  const gasCap = operations.length === 1 ? transactionCap : limits.targetGas
  return { type: 'send', operations, gasBudget: limits.targetGas, gas, gasCap }
}

/**
 * The operations that may be sent at the present base fee: all, or above the ceiling those that have waited for `maxWait`. So
 * one old operation does not take the whole queue along.
 */
function affordable(
  { config, queue }: DispatchView,
  chain: ChainState,
  at: Millis,
  isKeptBack?: (operation: QueuedOperation) => boolean,
): ReadyQueue {
  const { maxWait, adaptive } = config
  if (maxWait === null || !new AdaptiveSizer(config).isAboveCeiling(chain)) return queue
  return queue.oldest(at - maxWait, adaptive.maxBatchOps, isKeptBack)
}

/** Tells the operations that no batch may take now. The batches in flight are searched at the first question only. */
function keptBack(view: DispatchView): (operation: QueuedOperation) => boolean {
  let found: { readonly busy: ReadonlySet<string>; readonly isIsolating: boolean } | null = null
  return (operation) => {
    found ??= { busy: busyLanes(view), isIsolating: isIsolating(view) }
    const isBusy = operation.lane !== null && found.busy.has(operation.lane.leaf)
    return isBusy || (found.isIsolating && isIsolated(operation))
  }
}

/** The limits of the next batch. `targetGas` is 0 if no batch may start. */
function nextLimits(view: DispatchView, chain: ChainState, waiting: Backlog): BatchLimits {
  const { config, slots } = view
  const sizer = new AdaptiveSizer(config)
  return {
    maxOps: reduced(sizer.batchSize(chain, waiting), view),
    targetGas: allowanceOf({
      target: sizer.targetGas(chain, waiting.depth),
      inFlight: gasInFlight(slots),
      transactionCap: capOf(view, chain),
    }),
    maxBytes: config.maxBytes,
  }
}

/** Maximum gas of one transaction on the chain (block gas limit, EIP-7825). */
function capOf({ config }: DispatchView, { blockGasLimit }: ChainState): Gas {
  return Math.min(blockGasLimit, config.adaptive.maxTransactionGas)
}

/**
 * True when the queue fills the next batch, so that the batch gains nothing by waiting. Operations of busy lanes count, too: a
 * search of the queue at every arrival would be too slow.
 */
export function isBatchFull(view: DispatchView, at: Millis): boolean {
  const { chain, model } = view
  if (chain === null || view.queue.size === 0) return false
  const queue = affordable(view, chain, at)
  const further = { ...backlog(view, queue, at), depth: queue.size + 1 }
  const { maxOps, targetGas, maxBytes } = nextLimits(view, chain, further)
  if (maxOps === 0 || targetGas === 0) return false
  const { gas, bytes } = queue.weight(model)
  return queue.size >= maxOps || gas > targetGas || bytes > maxBytes
}

/** At least one operation, if the usual size allows one. */
function reduced(size: number, { sizeFactor }: DispatchView): number {
  return Math.min(size, Math.max(1, Math.floor(size * sizeFactor)))
}

/** The size factor after a cancel: the next batch has half the size. */
export function afterCancel(sizeFactor: number): number {
  return Math.max(LEAST_SIZE_FACTOR, sizeFactor / 2)
}

/** The size factor after an inclusion. */
export function afterInclusion(sizeFactor: number): number {
  return Math.min(1, 2 * sizeFactor)
}

/** No batch has more operations than this allows to reduce to one. */
const LEAST_SIZE_FACTOR = 1 / 1024

/** A permit is held from planning to inclusion. A batch in wait for finality must not idle the next block. */
function hasPermit({ config, slots }: DispatchView): boolean {
  const notIncluded = slots.filter((slot) => slot?.isIncluded === false)
  return notIncluded.length < config.maxConcurrentBatches && countInFlight(slots) < MAX_SLOTS
}

/** A pool refused a batch of a lower nonce. A batch of a higher nonce could take the place that the refused batch needs. */
function isAccountLimited({ slots }: DispatchView): boolean {
  return slots.some((slot) => slot?.isAccountLimited === true && !slot.isIncluded)
}

/** Lanes with operations in a batch. */
function busyLanes({ slots }: DispatchView): ReadonlySet<string> {
  return new Set(slots.flatMap((slot) => slot?.operations ?? []).flatMap(({ lane }) => lane?.leaf ?? []))
}

/** An isolated operation is in a batch that is not included yet. */
function isIsolating({ slots }: DispatchView): boolean {
  return slots.some((slot) => slot?.isIncluded === false && slot.operations.some(isIsolated))
}

function backlog({ model }: Pick<DispatchView, 'model'>, queue: ReadyQueue, at: Millis): Backlog {
  return {
    depth: queue.size,
    oldestAge: at - (queue.oldestReceivedAt ?? at),
    gasPerOp: queue.leastGas(model) ?? 1,
  }
}
