import { setImmediate } from 'node:timers/promises'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  blockTimeOf,
  cutTrail,
  extendTrail,
  isOnTrail,
  missingBlocks,
  type SeenBlock,
  type Trail,
} from '../../../src/actors/blocks/blockTrail.ts'
import type { Hash } from '../../../src/domain/primitives.ts'

function hashOf(name: number): Hash {
  return `0x${name.toString(16).padStart(64, '0')}`
}

/** A node: blocks of all branches by hash, and canonical blocks by number. */
class Chain {
  canonical: readonly SeenBlock[] = []
  readonly #known = new Map<Hash, SeenBlock>()
  reads = 0
  /** Number of round trips: reads at the same time count once. */
  roundTrips = 0
  #pending = 0
  #names = 0

  /** Mines blocks on top of a block number. */
  mine(count: number, on = this.canonical.length - 1, seconds = 2): void {
    this.canonical = this.canonical.slice(0, on + 1)
    for (let index = 0; index < count; index += 1) this.#add(seconds)
  }

  /** Returns to a branch that was left. */
  return(tip: SeenBlock): void {
    const blocks: SeenBlock[] = []
    for (let block: SeenBlock | undefined = tip; block; block = this.#known.get(block.head.parentHash)) {
      blocks.unshift(block)
    }
    this.canonical = blocks
  }

  get tip(): SeenBlock {
    const tip = this.canonical.at(-1)
    if (tip === undefined) throw new Error('no block')
    return tip
  }

  readonly read = async (at: { blockHash: Hash } | { blockNumber: bigint }): Promise<SeenBlock> => {
    this.reads += 1
    if (this.#pending === 0) this.roundTrips += 1
    this.#pending += 1
    await setImmediate()
    this.#pending -= 1
    const block = 'blockHash' in at ? this.#known.get(at.blockHash) : this.canonical[Number(at.blockNumber)]
    if (block === undefined) throw new Error('block not found')
    return block
  }

  #add(seconds: number): void {
    this.#names += 1
    const parent = this.canonical.at(-1)
    const head = {
      number: this.canonical.length,
      hash: hashOf(this.#names),
      parentHash: parent?.head.hash ?? hashOf(0),
      baseFee: 1,
      gasUsed: 1,
      gasLimit: 1,
      transactions: [],
      minedAt: 0,
      seenAt: 0,
    }
    const block = { head, minedAt: (parent?.minedAt ?? 0) + seconds }
    this.#known.set(head.hash, block)
    this.canonical = [...this.canonical, block]
  }
}

const numbersOf = (trail: Trail) => trail.map(({ head }) => head.number)

/** One poll of the block watcher. */
async function look(trail: Trail, chain: Chain): Promise<{ readonly passed: Trail; readonly trail: Trail }> {
  const { head } = chain.tip
  if (isOnTrail(trail, head.hash)) return { passed: [], trail: cutTrail(trail, head.number) }
  const passed = await missingBlocks(trail, chain.tip, chain.read)
  return { passed, trail: extendTrail(trail, passed) }
}

describe('missingBlocks', () => {
  it('returns the newest block for an empty trail', async () => {
    const chain = new Chain()
    chain.mine(10)
    expect(numbersOf((await look([], chain)).passed)).toEqual([9])
    expect(chain.reads).toBe(0)
  })

  it('returns the missed blocks in order', async () => {
    const chain = new Chain()
    chain.mine(3)
    const { trail } = await look([], chain)
    chain.mine(4)
    expect(numbersOf((await look(trail, chain)).passed)).toEqual([3, 4, 5, 6])
  })

  it('returns every block of a fork, down to the common ancestor', async () => {
    const chain = new Chain()
    chain.mine(1)
    let { trail } = await look([], chain)
    chain.mine(7)
    trail = (await look(trail, chain)).trail
    chain.mine(3, 4)
    const { passed } = await look(trail, chain)
    expect(numbersOf(passed)).toEqual([5, 6, 7])
    expect(passed[0]?.head.parentHash).toBe(chain.canonical[4]?.head.hash)
  })

  it('returns the blocks of a fork again when the chain returns to the fork', async () => {
    const chain = new Chain()
    chain.mine(3)
    let { trail } = await look([], chain)
    chain.mine(3)
    const left = chain.tip
    trail = (await look(trail, chain)).trail
    chain.mine(4, 3)
    trail = (await look(trail, chain)).trail
    chain.return(left)
    chain.mine(3)
    const { passed } = await look(trail, chain)
    expect(numbersOf(passed)).toEqual([4, 5, 6, 7, 8])
    expect(passed[1]).toEqual(left)
  })

  it('fetches a limited number of blocks, and notices a reorg below the limit', async () => {
    const chain = new Chain()
    chain.mine(5)
    const { trail } = await look([], chain)
    chain.mine(1_000)
    const gap = await look(trail, chain)
    expect(numbersOf(gap.passed)).toEqual(Array.from({ length: 128 }, (_, index) => 877 + index))
    expect(chain.reads).toBe(128)
    expect(chain.roundTrips).toBe(5)

    chain.mine(1_000, 3)
    const fork = await look(trail, chain)
    expect(numbersOf(fork.passed)).toEqual([4, ...Array.from({ length: 128 }, (_, index) => 876 + index)])
    expect(numbersOf(fork.trail)).toHaveLength(128)
  })

  it('needs one round trip for the blocks between two polls, and few for a deep fork', async () => {
    const chain = new Chain()
    chain.mine(1)
    let { trail } = await look([], chain)
    for (let count = 0; count < 3; count += 1) {
      chain.mine(30)
      trail = (await look(trail, chain)).trail
    }
    expect(chain.roundTrips).toBe(3)
    chain.mine(61, 30)
    expect(numbersOf((await look(trail, chain)).passed)).toHaveLength(61)
    expect(chain.roundTrips).toBe(3 + 6)
  })

  it('returns linked blocks even when a reorg comes between two reads of a round trip', async () => {
    const chain = new Chain()
    chain.mine(3)
    const { trail } = await look([], chain)
    chain.mine(8)
    const { tip } = chain
    let reads = 0
    const passed = await missingBlocks(trail, tip, async (at) => {
      const block = await chain.read(at)
      reads += 1
      // The other branch has no block above number 6.
      if (reads === 1) chain.mine(4, 2)
      return block
    })
    expect(passed.at(-1)).toBe(tip)
    expect(numbersOf(passed)).toEqual([3, 4, 5, 6, 7, 8, 9, 10])
    for (const [index, { head }] of passed.entries()) {
      if (index > 0) expect(head.parentHash).toBe(passed[index - 1]?.head.hash)
    }
  })

  it('stops at the oldest block of the trail', async () => {
    const chain = new Chain()
    chain.mine(20)
    let { trail } = await look([], chain)
    chain.mine(3)
    trail = (await look(trail, chain)).trail
    expect(numbersOf(trail)).toEqual([19, 20, 21, 22])
    chain.mine(10, 5)
    chain.mine(10)
    // The fork begins at block 6, but the trail begins at block 19.
    expect(numbersOf((await look(trail, chain)).passed)).toEqual([19, 20, 21, 22, 23, 24, 25])
  })

  it('reports the canonical chain for any sequence of blocks, forks and returns', async () => {
    const step = fc.record({ depth: fc.nat(12), length: fc.integer({ min: 1, max: 6 }), back: fc.boolean() })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const chain = new Chain()
        chain.mine(1)
        let { trail } = await look([], chain)
        let left = chain.tip
        for (const { depth, length, back } of steps) {
          const before = chain.tip
          if (back) chain.return(left)
          chain.mine(length, Math.max(0, chain.canonical.length - 1 - depth))
          left = before
          const next = await look(trail, chain)
          trail = next.trail
          expect(trail).toEqual(chain.canonical.slice(-trail.length))
          const isLinked = next.passed.every(
            ({ head }, index) => index === 0 || head.parentHash === next.passed[index - 1]?.head.hash,
          )
          expect(isLinked).toBe(true)
        }
        expect(trail).toEqual(chain.canonical.slice(-128))
      }),
      { numRuns: 60 },
    )
  })
})

describe('blockTimeOf', () => {
  async function trailOf(...spells: readonly (readonly [blocks: number, seconds: number])[]): Promise<Trail> {
    const chain = new Chain()
    chain.mine(1)
    let { trail } = await look([], chain)
    for (const [blocks, seconds] of spells) {
      chain.mine(blocks, undefined, seconds)
      trail = (await look(trail, chain)).trail
    }
    return trail
  }

  it('is null for a few blocks', async () => {
    expect(blockTimeOf(await trailOf([3, 2]))).toBeNull()
    expect(blockTimeOf(await trailOf([4, 2]))).toBe(2_000)
  })

  it('is the average of the recent blocks only', async () => {
    expect(blockTimeOf(await trailOf([30, 12], [16, 1]))).toBe(1_000)
    expect(blockTimeOf(await trailOf([10, 12], [8, 2], [8, 4]))).toBe(3_000)
  })
})
