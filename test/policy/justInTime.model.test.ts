/**
 * Just-in-time departures on simulated chains: a batcher in its plainest form that follows the policy, with random arrivals,
 * work, jitter, missed slots and clock offsets.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  afterBroadcast,
  afterInclusion,
  FIRST_LEAD,
  type Lead,
  nextDeparture,
} from '../../src/policy/departure.ts'
import { type BlockTimes, predictNextBlock } from '../../src/policy/nextBlock.ts'

interface Chain {
  readonly blockTime: number
  /** Largest delay from a block to its observation. */
  readonly observedWithin: number
  /** Share of the slots without a block. */
  readonly missedSlots: number
  /** Clock of the gateway minus clock of the chain. */
  readonly offset: number
  /** Shortest and longest work of a batch. */
  readonly work: readonly [number, number]
  readonly ratePerSecond: number
}

interface Outcome {
  /** Operations that the policy put into the first block after their arrival plus the grace. */
  readonly inTime: number
  readonly counted: number
  readonly batches: number
  /** Number of blocks that at least one operation arrived for. */
  readonly blocks: number
  /** In predicted block times. */
  readonly longestWindow: number
}

const GRACE = 150

/** A sequence of random shares. */
function random(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

/** The blocks of a chain, by the time at which a transaction must have arrived. */
function blocksOf(chain: Chain, count: number, share: () => number) {
  const blocks: (BlockTimes & { readonly madeAt: number })[] = []
  for (let slot = 0; blocks.length < count; slot += 1) {
    if (share() < chain.missedSlots) continue
    const chainTime = 1_700_000_000_000 + slot * chain.blockTime
    const madeAt = chainTime + chain.offset
    const minedAt = Math.floor(chainTime / 1_000) * 1_000
    // Blocks are observed in order.
    const earliest = (blocks.at(-1)?.timestamp ?? 0) + 1
    const timestamp = Math.max(earliest, madeAt + share() * chain.observedWithin)
    blocks.push({ blockNumber: blocks.length + 1, minedAt, timestamp, madeAt })
  }
  return blocks
}

function simulate(chain: Chain, seed: number, count: number): Outcome {
  const share = random(seed)
  const blocks = blocksOf(chain, count, share)
  const [start, end] = [blocks[8]?.timestamp ?? 0, (blocks.at(-6)?.madeAt ?? 0) - 2 * chain.blockTime]
  const between = () => (-Math.log(1 - share()) * 1_000) / chain.ratePerSecond
  let lead: Lead = FIRST_LEAD
  let clearAt = 0
  let [inTime, counted, batches, longestWindow] = [0, 0, 0, 0]
  const servedBlocks = new Set<number>()
  for (let arrival = start + between(); arrival < end; ) {
    // The window opens with this operation. It is planned again with each block that is observed meanwhile.
    let [now, closesAt, aim] = [arrival, arrival, null as number | null]
    let blockTime = 0
    for (;;) {
      const seen = blocks.filter(({ timestamp }) => timestamp <= now)
      const nextBlock = predictNextBlock(seen)
      const departure = nextDeparture({ nextBlock, lead, isClear: clearAt <= now }, now, arrival)
      ;[closesAt, aim] = departure === null ? [now, null] : [departure.at, departure.blockNumber]
      blockTime = Math.max(blockTime, nextBlock?.blockTime ?? now - arrival)
      const upcoming = blocks.find(({ timestamp }) => timestamp > now)?.timestamp ?? Number.POSITIVE_INFINITY
      if (upcoming > closesAt) break
      now = upcoming
    }
    if (closesAt > arrival) longestWindow = Math.max(longestWindow, (closesAt - arrival) / blockTime)
    const members = [arrival]
    for (arrival += between(); arrival <= closesAt; arrival += between()) members.push(arrival)
    const [least, most] = chain.work
    const taken = least + share() * (most - least)
    const included = blocks.find(({ madeAt }) => madeAt >= closesAt + taken)
    if (included === undefined) break
    batches += 1
    clearAt = Math.max(clearAt, included.timestamp)
    for (const member of members) {
      const next = blocks.find(({ madeAt }) => madeAt > member)
      if (next === undefined) continue
      servedBlocks.add(next.blockNumber)
      if (next.madeAt - member <= GRACE) continue
      counted += 1
      if (included.blockNumber <= next.blockNumber) inTime += 1
    }
    if (aim === null) continue
    lead = afterBroadcast(lead, taken, chain.blockTime)
    lead = afterInclusion(lead, included.blockNumber > aim, chain.blockTime)
  }
  return { inTime, counted, batches, blocks: servedBlocks.size, longestWindow }
}

const world: Chain = {
  blockTime: 2_000,
  observedWithin: 20,
  missedSlots: 0,
  offset: 0,
  work: [30, 70],
  ratePerSecond: 5,
}

describe('just-in-time departures', () => {
  it.each<[string, Partial<Chain>]>([
    ['on regular blocks of two seconds', {}],
    ['at one operation a second', { ratePerSecond: 1 }],
    ['at twenty operations a second', { ratePerSecond: 20 }],
    ['when blocks are polled', { observedWithin: 500 }],
    ['with a clock one hour ahead', { offset: 3_600_000 }],
    ['with a clock that is behind', { offset: -1_337 }],
    ['on blocks of twelve seconds', { blockTime: 12_000, observedWithin: 500 }],
    ['on blocks of twelve seconds with missed slots', { blockTime: 12_000, missedSlots: 0.05 }],
    ['with uneven work', { work: [20, 90] }],
  ])(
    'put 95 of 100 operations into the next block, with about one batch for each block, %s',
    (_, changes) => {
      for (const seed of [1, 2, 3]) {
        const { inTime, counted, batches, blocks } = simulate({ ...world, ...changes }, seed, 250)
        expect(counted).toBeGreaterThan(100)
        expect(inTime / counted).toBeGreaterThanOrEqual(0.95)
        expect(batches / blocks).toBeLessThanOrEqual(1.15)
      }
    },
  )

  it('make nearly every block that the work allows on blocks of a quarter second', () => {
    const fast = { ...world, blockTime: 250, observedWithin: 15, ratePerSecond: 20 }
    const { inTime, counted, batches, blocks } = simulate(fast, 1, 1_000)
    expect(inTime / counted).toBeGreaterThanOrEqual(0.85)
    expect(batches / blocks).toBeLessThanOrEqual(1.25)
  })

  it('learn a lead for a slow endpoint', () => {
    const slow = { ...world, work: [500, 700] as const }
    const { inTime, counted } = simulate(slow, 1, 400)
    // Operations that arrive during the work cannot make the block.
    expect(inTime / counted).toBeGreaterThanOrEqual(0.6)
  })

  it('hold no operation longer than one block time, on any chain', () => {
    const chain = fc.record({
      blockTime: fc.constantFrom(250, 2_000, 12_000),
      observedWithin: fc.integer({ min: 0, max: 400 }),
      missedSlots: fc.constantFrom(0, 0.1, 0.3),
      offset: fc.integer({ min: -100_000, max: 100_000 }),
      work: fc.tuple(fc.integer({ min: 5, max: 50 }), fc.integer({ min: 50, max: 1_500 })),
      ratePerSecond: fc.constantFrom(0.5, 5),
    })
    fc.assert(
      fc.property(chain, fc.nat(1_000), (given, seed) => {
        expect(simulate(given, seed, 40).longestWindow).toBeLessThanOrEqual(1)
      }),
      { numRuns: 60 },
    )
  })

  it('bring the first operation after a quiet time into its block no later than a window of 250 ms', () => {
    const arrivals = fc.integer({ min: 0, max: 1_999 })
    const works = fc.integer({ min: 10, max: 900 })
    const blocks = blocksOf(world, 60, random(7))
    const nextBlock = predictNextBlock(blocks.slice(0, 40))
    const includedAfter = (at: number) => blocks.find(({ madeAt }) => madeAt >= at)?.blockNumber ?? 0
    fc.assert(
      fc.property(arrivals, works, fc.integer({ min: 25, max: 500 }), (phase, work, margin) => {
        const arrival = (blocks[40]?.madeAt ?? 0) + 600 + phase
        const seen = blocks.filter(({ timestamp }) => timestamp <= arrival)
        const upToDate = predictNextBlock(seen) ?? nextBlock
        const departure = nextDeparture(
          { nextBlock: upToDate, lead: { work, margin }, isClear: true },
          arrival,
        )
        const leaves = departure?.at ?? arrival
        expect(includedAfter(leaves + work)).toBeLessThanOrEqual(includedAfter(arrival + 250 + work))
      }),
      { numRuns: 500 },
    )
  })
})
