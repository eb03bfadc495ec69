import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { BlockHead } from '../../src/domain/chain.ts'
import type { Hash } from '../../src/domain/primitives.ts'
import { chainState, type FeeWindow, isSound, observeBlock, reorgOf } from '../../src/policy/feeWindow.ts'

function hashOf(name: number): Hash {
  return `0x${name.toString(16).padStart(64, '0')}`
}

function block(number: number, traits: Partial<BlockHead> = {}): BlockHead {
  return {
    number,
    hash: hashOf(number),
    parentHash: hashOf(number - 1),
    baseFee: 100,
    gasUsed: 5,
    gasLimit: 10,
    transactions: [],
    minedAt: number * 2_000,
    seenAt: number * 2_000,
    ...traits,
  }
}

function windowOf(blocks: readonly BlockHead[]): FeeWindow {
  return blocks.reduce(observeBlock, [])
}

function range(from: number, to: number): BlockHead[] {
  return Array.from({ length: to - from + 1 }, (_, index) => block(from + index))
}

const depthOf = (window: FeeWindow, head: BlockHead) => reorgOf(window, head)?.depth ?? 0
const numbersOf = (window: FeeWindow) => window.map(({ blockNumber }) => blockNumber)

describe('chainState', () => {
  const limits = { targetBaseFee: 100, maxBaseFee: 200 }
  const stateOfFees = (...fees: number[]) =>
    chainState(windowOf(fees.map((baseFee, index) => block(index + 1, { baseFee }))), limits)

  it('is null before the first block', () => {
    expect(chainState([], limits)).toBeNull()
  })

  it('has the fields of the newest block and averages of recent blocks', () => {
    const window = windowOf([block(1, { gasUsed: 2 }), block(2, { gasUsed: 10, gasLimit: 30, baseFee: 110 })])
    expect(chainState(window, limits)).toEqual({
      blockNumber: 2,
      baseFee: 110,
      baseFeeEma: 102,
      baseFeeTrend: Math.log2(1.1),
      feePressure: 0.1,
      blockGasLimit: 30,
      recentUtilization: 0.3,
      lastUpdated: 4_000,
      nextBlock: null,
    })
  })

  it.each([
    [[100], 0],
    [[100, 150, 100], 0],
    [[100, 200], 1],
    [[100, 1_000], 1],
    [[100, 50], -1],
    [[100, 0], -1],
    [[0, 7], 1],
    [[0, 0], 0],
  ])('for the fees %j has the trend %d', (fees, trend) => {
    expect(stateOfFees(...fees)?.baseFeeTrend).toBe(trend)
  })

  it.each([
    [0, 0],
    [100, 0],
    [125, 0.25],
    [199, 0.99],
    [200, 1],
    [900, 1],
  ])('at the base fee %d has the fee pressure %d', (baseFee, pressure) => {
    expect(stateOfFees(500, baseFee)?.feePressure).toBe(pressure)
  })

  it('has full fee pressure from a target that equals the maximum', () => {
    const at = (baseFee: number) =>
      chainState(windowOf([block(1, { baseFee })]), { targetBaseFee: 100, maxBaseFee: 100 })?.feePressure
    expect([at(100), at(101)]).toEqual([0, 1])
  })

  it('ignores fees of old blocks', () => {
    const calm = Array.from({ length: 32 }, () => 100)
    expect(stateOfFees(9_000, ...calm)).toMatchObject({ baseFeeEma: 100, baseFeeTrend: 0 })
  })

  it('keeps average, trend and utilization within bounds', () => {
    const heads = fc.array(fc.record({ baseFee: fc.nat(1_000), gasUsed: fc.nat(10) }), {
      minLength: 1,
      maxLength: 80,
    })
    fc.assert(
      fc.property(heads, (heads) => {
        const state = chainState(windowOf(heads.map((traits, index) => block(index, traits))), limits)
        const fees = heads.slice(-32).map(({ baseFee }) => baseFee)
        expect(state?.baseFeeEma).toBeGreaterThanOrEqual(Math.min(...fees) - 1e-9)
        expect(state?.baseFeeEma).toBeLessThanOrEqual(Math.max(...fees) + 1e-9)
        expect(Math.abs(state?.baseFeeTrend ?? Number.NaN)).toBeLessThanOrEqual(1)
        expect(state?.recentUtilization).toBeGreaterThanOrEqual(0)
        expect(state?.recentUtilization).toBeLessThanOrEqual(1)
      }),
    )
  })
})

describe('observeBlock and reorgOf', () => {
  const window = windowOf(range(10, 15))
  const fork = (number: number, parentHash: Hash) =>
    block(number, { hash: hashOf(1_000 + number), parentHash })

  it('keep 128 blocks', () => {
    expect(numbersOf(windowOf(range(1, 500)))).toEqual(numbersOf(windowOf(range(1, 500))).slice(-128))
    expect(windowOf(range(1, 500)).at(-1)?.blockNumber).toBe(500)
  })

  it('append a child of the newest block', () => {
    expect(depthOf(window, block(16))).toBe(0)
    expect(numbersOf(observeBlock(window, block(16)))).toEqual([10, 11, 12, 13, 14, 15, 16])
  })

  it('accept any first block', () => {
    expect(depthOf([], block(7))).toBe(0)
  })

  it('treat missed blocks as a gap, not as a reorg', () => {
    expect(depthOf(window, block(19))).toBe(0)
    expect(numbersOf(observeBlock(window, block(19)))).toEqual([10, 11, 12, 13, 14, 15, 19])
  })

  it('replaces the newest block by its sibling', () => {
    const sibling = fork(15, hashOf(14))
    expect(depthOf(window, sibling)).toBe(1)
    expect(observeBlock(window, sibling).map(({ hash }) => hash)).toEqual([
      hashOf(10),
      hashOf(11),
      hashOf(12),
      hashOf(13),
      hashOf(14),
      sibling.hash,
    ])
  })

  it('drop all blocks after a known parent', () => {
    expect(depthOf(window, fork(13, hashOf(12)))).toBe(3)
    expect(numbersOf(observeBlock(window, fork(13, hashOf(12))))).toEqual([10, 11, 12, 13])
  })

  it('drop only provably orphaned blocks if the parent is unknown', () => {
    const unknown = hashOf(2_000)
    expect(depthOf(window, fork(16, unknown))).toBe(1)
    expect(numbersOf(observeBlock(window, fork(16, unknown)))).toEqual([10, 11, 12, 13, 14, 16])
    expect(depthOf(window, fork(13, unknown))).toBe(4)
    const gapped = windowOf([...range(10, 11), ...range(14, 15)])
    expect(depthOf(gapped, fork(14, unknown))).toBe(2)
    expect(numbersOf(observeBlock(gapped, fork(14, unknown)))).toEqual([10, 11, 14])
  })

  it('report the lowest orphaned block', () => {
    expect(reorgOf(window, fork(13, hashOf(12)))).toEqual({ depth: 3, orphanedFrom: 13 })
    expect(reorgOf(window, fork(15, hashOf(14)))).toEqual({ depth: 1, orphanedFrom: 15 })
    const gapped = windowOf([...range(10, 11), ...range(14, 15)])
    expect(reorgOf(gapped, fork(12, hashOf(11)))).toEqual({ depth: 4, orphanedFrom: 12 })
  })

  it('report 128 more blocks as possibly orphaned if the fork point is unknown', () => {
    expect(reorgOf(window, fork(15, hashOf(2_000)))).toEqual({ depth: 2, orphanedFrom: 0 })
    const justStarted = windowOf([block(1_000)])
    expect(reorgOf(justStarted, fork(1_000, hashOf(3_000)))).toEqual({ depth: 1, orphanedFrom: 872 })
    expect(reorgOf(justStarted, fork(1_001, hashOf(3_001)))).toEqual({ depth: 1, orphanedFrom: 872 })
  })

  it('append every block of a fork and report the reorg once', () => {
    const branch = [fork(13, hashOf(12)), fork(14, hashOf(1_013)), fork(15, hashOf(1_014))]
    let seen = window
    const reorgs = branch.map((head) => {
      const reorg = reorgOf(seen, head)
      const next = observeBlock(seen, head)
      expect(next).not.toBe(seen)
      seen = next
      return reorg
    })
    expect(reorgs).toEqual([{ depth: 3, orphanedFrom: 13 }, null, null])
    expect(seen.map(({ hash }) => hash)).toEqual([...range(10, 12), ...branch].map(({ hash }) => hash))
  })

  it('append an orphaned block again after a reorg back to the block', () => {
    const left = observeBlock(window, fork(14, hashOf(13)))
    expect(reorgOf(left, block(14))).toEqual({ depth: 1, orphanedFrom: 14 })
    expect(observeBlock(left, block(14)).at(-1)?.hash).toBe(hashOf(14))
  })

  it('ignore known blocks, and older blocks without contradiction', () => {
    for (const head of [block(15), block(12)]) {
      expect(depthOf(window, head)).toBe(0)
      expect(observeBlock(window, head)).toBe(window)
    }
    const gapped = windowOf([...range(10, 11), ...range(14, 15)])
    const late = block(13, { parentHash: hashOf(2_000) })
    expect(depthOf(gapped, late)).toBe(0)
    expect(observeBlock(gapped, late)).toBe(gapped)
  })

  it('start again from a block below the window', () => {
    expect(reorgOf(window, block(3))).toEqual({ depth: 13, orphanedFrom: 0 })
    expect(observeBlock(window, block(3)).map(({ blockNumber }) => blockNumber)).toEqual([3])
  })

  it('agree with a list of the canonical chain over any sequence of extensions and forks', () => {
    const steps = fc.array(fc.oneof(fc.constant(0), fc.nat(9)), { maxLength: 300 })
    fc.assert(
      fc.property(steps, (depths) => {
        let canonical: BlockHead[] = [block(1)]
        let window = windowOf(canonical)
        for (const [step, wanted] of depths.entries()) {
          const depth = Math.min(wanted, canonical.length - 1)
          canonical = canonical.slice(0, canonical.length - depth)
          const parent = canonical.at(-1)
          if (parent === undefined) continue
          const head = block(parent.number + 1, { hash: hashOf(10_000 + step), parentHash: parent.hash })
          expect(depthOf(window, head)).toBe(depth)
          window = observeBlock(window, head)
          canonical = [...canonical, head]
          expect(window.at(-1)?.hash).toBe(head.hash)
        }
        const known = new Set(window.map(({ hash }) => hash))
        expect(window.map(({ hash }) => hash)).toEqual(
          canonical.map(({ hash }) => hash).filter((hash) => known.has(hash)),
        )
      }),
    )
  })
})

describe('isSound', () => {
  const sound = block(7, { transactions: [hashOf(1)] })

  it('is true for a complete block', () => {
    expect(isSound(sound)).toBe(true)
    expect(isSound({ ...sound, baseFee: 0, transactions: [] })).toBe(true)
  })

  it.each([
    ['nothing', null],
    ['a text', 'block'],
    ['no hash', { ...sound, hash: null }],
    ['a short hash', { ...sound, hash: '0x12' }],
    ['no parent', { ...sound, parentHash: undefined }],
    ['no number', { ...sound, number: Number.NaN }],
    ['a negative number', { ...sound, number: -1 }],
    ['no gas', { ...sound, gasUsed: undefined }],
    ['no transactions', { ...sound, transactions: null }],
    ['invalid transactions', { ...sound, transactions: [{}] }],
  ])('is false for %s', (_name, head) => {
    expect(isSound(head)).toBe(false)
  })
})
