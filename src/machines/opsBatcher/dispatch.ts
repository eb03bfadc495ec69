/** Whether to send a batch now, and which one: the pure heart of the opsBatcher. */
import type { BatchId } from '../../domain/batch.ts'
import type { ChainState } from '../../domain/chain.ts'
import type { OpsBatcherConfig } from '../../domain/config.ts'
import type { ThrottleReason } from '../../domain/events.ts'
import type { QueuedOperation } from '../../domain/operation.ts'
import type { Gas, Millis } from '../../domain/primitives.ts'
import { AdaptiveSizer, type Backlog } from '../../policy/adaptiveSizer.ts'
import type { GasModel } from '../../policy/gasModel.ts'
import type { ReadyQueue } from '../../policy/readyQueue.ts'
import { selectBatch } from '../../policy/selectBatch.ts'

/** A place for one batch in flight. */
export interface Slot {
  readonly batchId: BatchId
  readonly operations: readonly QueuedOperation[]
  /** The nonce that it only fills; null for a batch with operations. */
  readonly gapNonce: number | null
  /** Whether it is in a block, and only waits for confirmations. */
  readonly isIncluded: boolean
}

/**
 * Most batches alive at a time, those that only wait for confirmations included: what bounds the cost of a tick. Deep
 * confirmations on a fast chain meet it, nothing else does.
 */
const MOST_SLOTS = 64

/** What the decision rests on. */
export interface DispatchView {
  readonly config: OpsBatcherConfig
  readonly queue: ReadyQueue
  readonly slots: readonly (Slot | null)[]
  readonly chain: ChainState | null
  readonly isChainFollowed: boolean
  readonly isWalletAvailable: boolean
  readonly model: GasModel
  readonly batchNumber: number
}

export type Decision =
  | {
      readonly type: 'send'
      readonly operations: readonly QueuedOperation[]
      /** What the sizer allows. */
      readonly gasBudget: Gas
      /** What the chain allows. */
      readonly gasCap: Gas
    }
  | { readonly type: 'wait'; readonly reason: ThrottleReason }

/** @param at the time by which the oldest operation's age is told */
export function decide(view: DispatchView, at: Millis): Decision {
  const { config, queue, chain, model } = view
  if (!view.isChainFollowed || chain === null) return { type: 'wait', reason: 'ChainStalled' }
  if (!view.isWalletAvailable) return { type: 'wait', reason: 'WalletUnavailable' }
  if (!hasPermit(view)) return { type: 'wait', reason: 'NoPermit' }
  const sizer = new AdaptiveSizer(config)
  const waiting = backlog(queue, at)
  if (sizer.isFeeTooHigh(chain, waiting)) return { type: 'wait', reason: 'FeeAboveCeiling' }
  // Asked at every event while it waits: it must not pass a long queue each time.
  const busy = busyLanes(view)
  if (!queue.hasBeyond(busy)) return { type: 'wait', reason: 'LanesBusy' }
  const targetGas = sizer.targetGas(chain, queue.size)
  const operations = selectBatch(
    queue,
    {
      currentBaseFee: chain.baseFee,
      targetGas,
      pendingCount: queue.size,
      busyLanes: busy,
      batchNumber: view.batchNumber,
    },
    { maxOps: sizer.batchSize(chain, waiting), targetGas, maxBytes: config.maxBytes },
    model,
  )
  return operations.length === 0
    ? { type: 'wait', reason: 'LanesBusy' }
    : {
        type: 'send',
        operations,
        gasBudget: targetGas,
        gasCap: Math.min(chain.blockGasLimit, config.adaptive.maxTransactionGas),
      }
}

/** Whether the queue fills a batch: one more would not ride in it, so waiting for the window to close gains nothing. */
export function isBatchFull({ config, queue, chain }: DispatchView, at: Millis): boolean {
  if (chain === null) return false
  const size = new AdaptiveSizer(config).batchSize(chain, { ...backlog(queue, at), depth: queue.size + 1 })
  return size > 0 && size <= queue.size
}

/** Batches that are not at their end. */
export function inFlight({ slots }: Pick<DispatchView, 'slots'>): number {
  return slots.filter((slot) => slot !== null).length
}

/** A permit is held from planning to inclusion: waiting for confirmations must not idle the next block. */
function hasPermit({ config, slots }: DispatchView): boolean {
  const alive = slots.filter((slot) => slot !== null)
  const unplaced = alive.filter(({ isIncluded }) => !isIncluded)
  return unplaced.length < config.maxConcurrentBatches && alive.length < MOST_SLOTS
}

/** The slot for a new batch: the first free one, or a further one. */
export function freeSlot(slots: readonly (Slot | null)[]): number {
  const free = slots.indexOf(null)
  return free < 0 ? slots.length : free
}

/** The slots with one of them, or a further one, changed. Free slots at the end are given up. */
export function withSlot(
  slots: readonly (Slot | null)[],
  index: number,
  slot: Slot | null,
): readonly (Slot | null)[] {
  const changed = [...slots]
  changed[index] = slot
  return changed.slice(0, changed.findLastIndex((entry) => entry !== null) + 1)
}

/** The slot of a batch; -1 when it has ended. */
export function slotOf(slots: readonly (Slot | null)[], batchId: BatchId): number {
  return slots.findIndex((slot) => slot?.batchId === batchId)
}

function busyLanes({ slots }: DispatchView): ReadonlySet<string> {
  return new Set(slots.flatMap((slot) => slot?.operations ?? []).flatMap(({ lane }) => lane?.leaf ?? []))
}

function backlog(queue: ReadyQueue, at: Millis): Backlog {
  return { depth: queue.size, oldestAge: at - (queue.oldestReceivedAt ?? at) }
}
