import { describe, expect, it } from 'vitest'
import { type Polling, pollDelay, suspicionDelay } from '../../../src/actors/blocks/pollDelay.ts'

const polling = (changes: Partial<Polling>): Polling => ({
  pollInterval: 500,
  stallTimeout: 30_000,
  blockTime: null,
  sinceNewBlock: 0,
  isPushed: false,
  ...changes,
})

describe('the delay between polls', () => {
  it.each([
    ['the poll interval while the block time is unknown', {}, 500],
    ['the poll interval on a slow chain', { blockTime: 12_000 }, 500],
    ['the poll interval on World Chain', { blockTime: 2_000 }, 500],
    ['a quarter of the block time on a fast chain', { blockTime: 1_000 }, 250],
    ['50 ms on a very fast chain', { blockTime: 100 }, 50],
    ['the poll interval when all blocks have the same second', { blockTime: 0 }, 500],
    ['the poll interval on a fast chain that pauses', { blockTime: 1_000, sinceNewBlock: 4_000 }, 500],
    ['a poll interval below 50 ms', { blockTime: 100, pollInterval: 20 }, 20],
    ['two block times while blocks are pushed', { blockTime: 2_000, isPushed: true }, 4_000],
    ['at least the poll interval while fast blocks are pushed', { blockTime: 100, isPushed: true }, 500],
    ['longer when pushes pause', { blockTime: 2_000, sinceNewBlock: 9_000, isPushed: true }, 8_000],
    ['ten poll intervals when the block time is unknown and blocks are pushed', { isPushed: true }, 5_000],
    ['half the stall timeout when slow blocks are pushed', { blockTime: 12_000, isPushed: true }, 15_000],
    ['half of a short stall timeout', { stallTimeout: 1_000, isPushed: true }, 500],
  ])('is %s', (_name, changes: Partial<Polling>, delay) => {
    expect(pollDelay(polling(changes))).toBe(delay)
  })
})

describe('the time without a new block before an endpoint is suspected', () => {
  it('is ten poll intervals, or four block times on a slow chain', () => {
    expect(suspicionDelay(polling({}))).toBe(5_000)
    expect(suspicionDelay(polling({ blockTime: 12_000 }))).toBe(48_000)
  })
})
