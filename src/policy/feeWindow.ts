/**
 * The last observed blocks of the canonical chain. Source of fees, utilization and reorgs. Specification, "Chain
 * Monitor".
 */
import type { BaseFeeSnapshot, BlockHead, ChainState } from '../domain/chain.ts'
import type { AdaptiveConfig } from '../domain/config.ts'
import type { Hash, Millis, WeiPerGas } from '../domain/primitives.ts'
import { predictNextBlock } from './nextBlock.ts'

/** An observed block, canonical according to the newest head. */
interface ObservedBlock extends BaseFeeSnapshot {
  readonly hash: Hash
  readonly minedAt: Millis
}

/** Blocks in ascending order of number. Blocks that were missed leave gaps. */
export type FeeWindow = readonly ObservedBlock[]

/** Number of blocks in the window. The window limits the depth of a detectable reorg. */
const WINDOW_BLOCKS = 128

/** Number of blocks for fees and utilization: about one minute at two seconds per block. */
const SAMPLES = 32

/**
 * Weight of the newest base fee in the average. Three blocks make up half of the average: one full block changes
 * little.
 */
const EMA_ALPHA = 0.2

const HASH = /^0x[0-9a-f]{64}$/i

/** True if a value from a node is a block with all required fields. */
export function isSound(head: unknown): head is BlockHead {
  if (typeof head !== 'object' || head === null) return false
  const { number, baseFee, gasUsed, gasLimit, minedAt, seenAt, hash, parentHash, transactions }: Fields = head
  return (
    [number, baseFee, gasUsed, gasLimit, minedAt, seenAt].every(isAmount) &&
    [hash, parentHash].every(isHash) &&
    Array.isArray(transactions) &&
    transactions.every(isHash)
  )
}

type Fields = { readonly [K in keyof BlockHead]?: unknown }

function isAmount(value: unknown): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

function isHash(value: unknown): boolean {
  return typeof value === 'string' && HASH.test(value)
}

/**
 * The window with a new head, without the blocks that the head proves orphaned. A known head changes nothing. A head below
 * the newest block changes nothing either, unless it contradicts the window: its endpoint is only behind.
 */
export function observeBlock(window: FeeWindow, head: BlockHead): FeeWindow {
  if (isSeen(window, head)) return window
  const orphaned = orphanedBy(window, head)
  const kept = orphaned.length === 0 ? window : window.slice(0, -orphaned.length)
  const newest = kept.at(-1)
  if (newest !== undefined && head.number <= newest.blockNumber) return window
  const observed: ObservedBlock = {
    hash: head.hash,
    blockNumber: head.number,
    baseFee: head.baseFee,
    gasUsed: head.gasUsed,
    gasLimit: head.gasLimit,
    minedAt: head.minedAt,
    timestamp: head.seenAt,
  }
  return [...kept, observed].slice(-WINDOW_BLOCKS)
}

export interface Reorg {
  /** Number of orphaned heights of the observed chain. */
  readonly depth: number
  /** Number of the lowest block that may be orphaned. An unknown fork point counts as 128 blocks lower. */
  readonly orphanedFrom: number
}

/**
 * The reorg that a new head proves. If the head's parent was never observed, the fork point is unknown, and all blocks
 * within reach of a reorg may be orphaned.
 * @returns null if the head continues the observed chain, repeats one of its blocks, or leaves a gap
 */
export function reorgOf(window: FeeWindow, head: BlockHead): Reorg | null {
  const newest = window.at(-1)
  const [orphan] = orphanedBy(window, head)
  if (newest === undefined || orphan === undefined) return null
  const lowest = Math.min(head.number, orphan.blockNumber)
  const isForkKnown = window.some(({ hash }) => hash === head.parentHash)
  return {
    depth: newest.blockNumber - lowest + 1,
    orphanedFrom: isForkKnown ? lowest : Math.max(0, lowest - WINDOW_BLOCKS),
  }
}

/** The base fees between which the fee pressure grows. */
export type FeeLimits = Pick<AdaptiveConfig, 'targetBaseFee' | 'maxBaseFee'>

/** The state of the chain at the newest block of the window; null for an empty window. */
export function chainState(window: FeeWindow, limits: FeeLimits): ChainState | null {
  const samples = window.slice(-SAMPLES)
  const [oldest] = samples
  const newest = samples.at(-1)
  if (oldest === undefined || newest === undefined) return null
  const gasUsed = samples.reduce((sum, block) => sum + block.gasUsed, 0)
  const gasLimit = samples.reduce((sum, block) => sum + block.gasLimit, 0)
  return {
    blockNumber: newest.blockNumber,
    baseFee: newest.baseFee,
    baseFeeEma: averageBaseFee(samples),
    baseFeeTrend: trend(oldest.baseFee, newest.baseFee),
    feePressure: feePressure(newest.baseFee, limits),
    blockGasLimit: newest.gasLimit,
    recentUtilization: gasLimit === 0 ? 0 : gasUsed / gasLimit,
    lastUpdated: newest.timestamp,
    nextBlock: predictNextBlock(samples),
  }
}

/**
 * The trend of the base fee over the samples: 1 if it doubled or more, -1 if it halved or less, and its logarithm in
 * between. On the logarithmic scale a rise and the reverse fall have equal size.
 */
function trend(oldest: WeiPerGas, newest: WeiPerGas): number {
  return oldest === newest ? 0 : Math.min(1, Math.max(-1, Math.log2(newest / oldest)))
}

/** The moving average of the base fee at the newest block of the window; 0 for an empty window. */
export function averageBaseFee(window: FeeWindow): WeiPerGas {
  const samples = window.slice(-SAMPLES)
  const first = samples[0]?.baseFee ?? 0
  return samples.reduce((average, { baseFee }) => average + EMA_ALPHA * (baseFee - average), first)
}

/** From 0, at or below the target, to 1, at or above the maximum. Specification, `fee_pressure`. */
function feePressure(baseFee: WeiPerGas, { targetBaseFee, maxBaseFee }: FeeLimits): number {
  if (baseFee <= targetBaseFee) return 0
  if (baseFee >= maxBaseFee) return 1
  return (baseFee - targetBaseFee) / (maxBaseFee - targetBaseFee)
}

/** True for a child of the newest block. Checked first, because almost every head is a child. */
function isNext(window: FeeWindow, head: BlockHead): boolean {
  return window.at(-1)?.hash === head.parentHash
}

function isSeen(window: FeeWindow, head: BlockHead): boolean {
  return !isNext(window, head) && window.some((block) => block.hash === head.hash)
}

/** The newest blocks of the window that are not ancestors of the head. */
function orphanedBy(window: FeeWindow, head: BlockHead): FeeWindow {
  if (isSeen(window, head) || isNext(window, head)) return []
  const parent = window.findIndex((block) => block.hash === head.parentHash)
  if (parent >= 0) return window.slice(parent + 1)
  // The sender of heads has checked that the chain is now shorter than the window.
  const isBelowAll = head.number < (window[0]?.blockNumber ?? 0)
  if (isBelowAll) return window
  const rival =
    window.find((block) => block.blockNumber === head.number - 1) ??
    window.find((block) => block.blockNumber === head.number)
  return rival === undefined ? [] : window.slice(window.indexOf(rival))
}
