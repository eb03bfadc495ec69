/** Decides whether to send a batch now, and the operations of the batch. Pure. */
import type { ChainState } from '../../domain/chain.ts'
import type { OpsBatcherConfig } from '../../domain/config.ts'
import type { ThrottleReason } from '../../domain/events.ts'
import { isIsolated, type QueuedOperation } from '../../domain/operation.ts'
import type { Gas, Millis } from '../../domain/primitives.ts'
import { AdaptiveSizer, type Backlog } from '../../policy/adaptiveSizer.ts'
import type { GasModel } from '../../policy/gasModel.ts'
import type { ReadyQueue } from '../../policy/readyQueue.ts'
import { selectBatch } from '../../policy/selectBatch.ts'
import { countInFlight, type Slots } from './slots.ts'

/**
 * Maximum number of batches at a time, also counting included batches. The limit bounds the cost of a tick. Only a fast
 * chain with deep confirmations reaches the limit.
 */
const MAX_SLOTS = 64

/** The facts that a decision depends on. */
export interface DispatchView {
  readonly config: OpsBatcherConfig
  readonly queue: ReadyQueue
  readonly slots: Slots
  /** Null before the first block. */
  readonly chain: ChainState | null
  readonly isChainFollowed: boolean
  readonly isWalletAvailable: boolean
  readonly model: GasModel
  /** Number of batches since the start. */
  readonly batchNumber: number
}

export type Decision =
  | {
      readonly type: 'send'
      readonly operations: readonly QueuedOperation[]
      /** Target gas of the batch, from the sizer. */
      readonly gasBudget: Gas
      /** Maximum gas of one transaction on the chain (block gas limit, EIP-7825). */
      readonly gasCap: Gas
    }
  | { readonly type: 'wait'; readonly reason: ThrottleReason }

/** @param at the current time: the age of the oldest operation ends at this time */
export function decide(view: DispatchView, at: Millis): Decision {
  const { config, queue, chain, model } = view
  if (!view.isChainFollowed || chain === null) return { type: 'wait', reason: 'ChainStalled' }
  if (!view.isWalletAvailable) return { type: 'wait', reason: 'WalletUnavailable' }
  if (!hasPermit(view)) return { type: 'wait', reason: 'NoPermit' }
  const sizer = new AdaptiveSizer(config)
  const waiting = backlog(queue, at)
  if (sizer.isFeeTooHigh(chain, waiting)) return { type: 'wait', reason: 'FeeAboveCeiling' }
  // While the batcher waits, every event asks again. A search of a long queue each time would be too slow.
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
      isIsolating: isIsolating(view),
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

/** True when a further operation would not fit into the next batch: the batch gains nothing by waiting. */
export function isBatchFull({ config, queue, chain }: DispatchView, at: Millis): boolean {
  if (chain === null) return false
  const size = new AdaptiveSizer(config).batchSize(chain, { ...backlog(queue, at), depth: queue.size + 1 })
  return size > 0 && size <= queue.size
}

/** A permit is held from planning to inclusion. A batch in wait for finality must not idle the next block. */
function hasPermit({ config, slots }: DispatchView): boolean {
  const notIncluded = slots.filter((slot) => slot?.isIncluded === false)
  return notIncluded.length < config.maxConcurrentBatches && countInFlight(slots) < MAX_SLOTS
}

/** Lanes with operations in a batch. */
function busyLanes({ slots }: DispatchView): ReadonlySet<string> {
  return new Set(slots.flatMap((slot) => slot?.operations ?? []).flatMap(({ lane }) => lane?.leaf ?? []))
}

/** An isolated operation is in a batch that is not included yet. */
function isIsolating({ slots }: DispatchView): boolean {
  return slots.some((slot) => slot?.isIncluded === false && slot.operations.some(isIsolated))
}

function backlog(queue: ReadyQueue, at: Millis): Backlog {
  return { depth: queue.size, oldestAge: at - (queue.oldestReceivedAt ?? at) }
}
