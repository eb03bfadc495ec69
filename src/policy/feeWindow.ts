/**
 * The chain monitor's memory: the last blocks of the canonical chain as far as it was seen, and what follows from them.
 * Specification, "Chain Monitor".
 */
import type { BaseFeeSnapshot, BlockHead, ChainState } from '../domain/chain.ts'
import type { Hash, WeiPerGas } from '../domain/primitives.ts'

/** A block that was seen and, as far as is known, is canonical. */
interface ObservedBlock extends BaseFeeSnapshot {
  readonly hash: Hash
}

/** In ascending order of their numbers; numbers are missing where blocks were missed. */
export type FeeWindow = readonly ObservedBlock[]

/** Blocks that are remembered: how deep a reorg can be told. */
const WINDOW_BLOCKS = 128

/** Newest blocks that fees and utilization are derived from: about a minute at two seconds a block. */
const SAMPLES = 32

/** Weight of the newest base fee in the average: three blocks hold half of it, which outlasts a single full block. */
const EMA_ALPHA = 0.2

const HASH = /^0x[0-9a-f]{64}$/i

/** Whether a value that came from a node is a block with everything that is read of one. */
export function isSound(head: unknown): head is BlockHead {
  if (typeof head !== 'object' || head === null) return false
  const { number, baseFee, gasUsed, gasLimit, seenAt, hash, parentHash, transactions }: Fields = head
  return (
    [number, baseFee, gasUsed, gasLimit, seenAt].every(isAmount) &&
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
 * The window with a new head. Blocks that the head proves orphaned leave it. A head that is known already, or that is
 * behind the newest block without contradicting it (an endpoint that lags), changes nothing.
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
    timestamp: head.seenAt,
  }
  return [...kept, observed].slice(-WINDOW_BLOCKS)
}

export interface Reorg {
  /** How many heights of the chain seen so far are orphaned. */
  readonly depth: number
  /**
   * Number of the lowest block that may be orphaned: where the branches part is not always known, least of all soon after a
   * start.
   */
  readonly orphanedFrom: number
}

/**
 * What a new head proves orphaned. Where its parent was never seen, more may be than was seen: then every block counts that
 * a reorg is told of. Null for a head that continues the chain
 * seen so far, repeats a block of it, or leaves a gap.
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

/** The chain's state by the newest block of the window; null before the first. */
export function chainState(window: FeeWindow): ChainState | null {
  const samples = window.slice(-SAMPLES)
  const [oldest] = samples
  const newest = samples.at(-1)
  if (oldest === undefined || newest === undefined) return null
  const gasUsed = samples.reduce((sum, block) => sum + block.gasUsed, 0)
  const gasLimit = samples.reduce((sum, block) => sum + block.gasLimit, 0)
  return {
    blockNumber: newest.blockNumber,
    baseFee: newest.baseFee,
    baseFeeEma: samples.reduce((ema, { baseFee }) => ema + EMA_ALPHA * (baseFee - ema), oldest.baseFee),
    baseFeeTrend: trend(oldest.baseFee, newest.baseFee),
    blockGasLimit: newest.gasLimit,
    recentUtilization: gasLimit === 0 ? 0 : gasUsed / gasLimit,
    lastUpdated: newest.timestamp,
  }
}

/**
 * 1 for a base fee that doubled (or more) over the samples, -1 for one that halved, in between by the logarithm. So a
 * rise and the fall that undoes it weigh the same, whatever the chain's fee parameters are.
 */
function trend(oldest: WeiPerGas, newest: WeiPerGas): number {
  return oldest === newest ? 0 : Math.min(1, Math.max(-1, Math.log2(newest / oldest)))
}

/** Almost every head is the next one: then nothing else has to be looked at. */
function isNext(window: FeeWindow, head: BlockHead): boolean {
  return window.at(-1)?.hash === head.parentHash
}

function isSeen(window: FeeWindow, head: BlockHead): boolean {
  return !isNext(window, head) && window.some((block) => block.hash === head.hash)
}

/** The newest blocks of the window that are not of the head's chain, by its parent's hash or by its own. */
function orphanedBy(window: FeeWindow, head: BlockHead): FeeWindow {
  if (isSeen(window, head) || isNext(window, head)) return []
  const parent = window.findIndex((block) => block.hash === head.parentHash)
  if (parent >= 0) return window.slice(parent + 1)
  // Whoever passes heads on has made sure that the chain has become shorter than all that was seen.
  const isBelowAll = head.number < (window[0]?.blockNumber ?? 0)
  if (isBelowAll) return window
  const rival =
    window.find((block) => block.blockNumber === head.number - 1) ??
    window.find((block) => block.blockNumber === head.number)
  return rival === undefined ? [] : window.slice(window.indexOf(rival))
}
