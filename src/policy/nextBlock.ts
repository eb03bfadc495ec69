/**
 * Predicts when the next block is observed, from the recent blocks.
 *
 * Blocks of a regular chain lie on a grid of equal steps. A grid is fitted in two ways: by the timestamps of the blocks, and
 * by their numbers. Timestamps show missed slots, but have a resolution of a second, and some chains of less than a second
 * invent them. Numbers suit any block time. The grid that the observed times fit better is used.
 *
 * The times are those of the clock of the gateway: a difference between this clock and the clock of the chain is the same
 * for all blocks. A block may be observed late, but never early. So the earliest observation, relative to the grid, counts.
 */
import type { NextBlock } from '../domain/chain.ts'
import type { DurationMs, Millis } from '../domain/primitives.ts'

/** A block, by its number, its own timestamp and the time at which the gateway observed it. */
export interface BlockTimes {
  readonly blockNumber: number
  readonly minedAt: Millis
  readonly timestamp: Millis
}

/**
 * Number of blocks that a grid is fitted to. Timestamps are exact, and the earliest of many observations is nearly without
 * delay. The step of a grid of numbers is measured: its error adds up over the blocks.
 */
const TIMESTAMP_SAMPLES = 32
const NUMBER_SAMPLES = 12
const FEWEST_SAMPLES = 5

/** Largest distance of two steps that count as equal, as a share of the step. */
const EQUAL_STEPS = 0.1
/** Share of the steps between timestamps that must be equal. The others are missed slots. */
const REGULAR_SHARE = 0.75
/** Largest median delay of the observations against the grid, as a share of the step. Blocks are polled four times per step. */
const LARGEST_DELAY = 1 / 3

interface Grid {
  readonly blocks: readonly BlockTimes[]
  readonly step: DurationMs
  readonly positionOf: (block: BlockTimes) => Millis
}

/** @returns null if the blocks are too few, or not regular */
export function predictNextBlock(blocks: readonly BlockTimes[]): NextBlock | null {
  const newest = blocks.at(-1)
  if (newest === undefined || blocks.length < FEWEST_SAMPLES) return null
  const byTimestamps = fitTo(gridOfTimestamps(blocks))
  const byNumbers = fitTo(gridOfNumbers(blocks))
  const best = isClearlyBetter(byNumbers, byTimestamps) ? byNumbers : byTimestamps
  if (best === null) return null
  const { grid, offset } = best
  return {
    blockNumber: newest.blockNumber + 1,
    expectedAt: Math.round(offset + grid.positionOf(newest) + grid.step),
    blockTime: Math.round(grid.step),
  }
}

function gridOfTimestamps(all: readonly BlockTimes[]): Grid | null {
  const blocks = all.slice(-TIMESTAMP_SAMPLES)
  const steps = differences(blocks.map(({ minedAt }) => minedAt))
  const step = median(steps)
  const equal = steps.filter((each) => Math.abs(each - step) <= EQUAL_STEPS * step)
  const isRegular = step > 0 && equal.length >= REGULAR_SHARE * steps.length
  return isRegular ? { blocks, step, positionOf: ({ minedAt }) => minedAt } : null
}

/** The step is the median over pairs that are half of the blocks apart: few late observations do not change it. */
function gridOfNumbers(all: readonly BlockTimes[]): Grid | null {
  const blocks = all.slice(-NUMBER_SAMPLES)
  const half = Math.floor(blocks.length / 2)
  const steps = blocks.slice(half).flatMap((later, index) => {
    const earlier = blocks[index]
    if (earlier === undefined) return []
    return [(later.timestamp - earlier.timestamp) / (later.blockNumber - earlier.blockNumber)]
  })
  const step = median(steps)
  return step > 0 ? { blocks, step, positionOf: ({ blockNumber }) => blockNumber * step } : null
}

interface Fit {
  readonly grid: Grid
  /** The earliest observation relative to the grid. */
  readonly offset: Millis
  /** Mean delay of the newest blocks behind it. */
  readonly meanDelay: DurationMs
}

/** @returns null if the observations do not lie on the grid */
function fitTo(grid: Grid | null): Fit | null {
  if (grid === null) return null
  const offsets = grid.blocks.map((block) => block.timestamp - grid.positionOf(block))
  const offset = Math.min(...offsets)
  const delays = offsets.slice(-NUMBER_SAMPLES).map((each) => each - offset)
  const meanDelay = delays.reduce((sum, delay) => sum + delay, 0) / delays.length
  return median(delays) <= grid.step * LARGEST_DELAY ? { grid, offset, meanDelay } : null
}

/** Timestamps are preferred: their grid is fitted to more blocks. */
function isClearlyBetter(byNumbers: Fit | null, byTimestamps: Fit | null): boolean {
  if (byNumbers === null || byTimestamps === null) return byNumbers !== null
  return 2 * byNumbers.meanDelay < byTimestamps.meanDelay
}

function differences(times: readonly Millis[]): readonly DurationMs[] {
  return times.slice(1).map((time, index) => time - (times[index] ?? time))
}

/** The upper one of two middle values. */
function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}
