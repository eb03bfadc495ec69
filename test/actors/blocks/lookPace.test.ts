import { describe, expect, it } from 'vitest'
import { type Pace, patienceOf, pauseOf } from '../../../src/actors/blocks/lookPace.ts'

const pace = (changes: Partial<Pace>): Pace => ({
  pollInterval: 500,
  stallTimeout: 30_000,
  blockTime: null,
  sinceNews: 0,
  isPushed: false,
  ...changes,
})

describe('the pause between looks', () => {
  it.each([
    ['of a chain that is not known yet', {}, 500],
    ['of a slow chain', { blockTime: 12_000 }, 500],
    ['of World Chain', { blockTime: 2_000 }, 500],
    ['of a fast chain: four a block', { blockTime: 1_000 }, 250],
    ['of a very fast chain', { blockTime: 100 }, 50],
    ['of blocks that all came in one second', { blockTime: 0 }, 500],
    ['of a fast chain that has paused', { blockTime: 1_000, sinceNews: 4_000 }, 500],
    ['that is short by choice', { blockTime: 100, pollInterval: 20 }, 20],
    ['while blocks are pushed: time for one to come late', { blockTime: 2_000, isPushed: true }, 4_000],
    ['while fast blocks are pushed', { blockTime: 100, isPushed: true }, 500],
    ['when the pushes have paused', { blockTime: 2_000, sinceNews: 9_000, isPushed: true }, 8_000],
    ['when blocks are pushed now and then', { isPushed: true }, 5_000],
    ['when slow blocks are pushed: an answer in time', { blockTime: 12_000, isPushed: true }, 15_000],
    ['when stalling is told soon', { stallTimeout: 1_000, isPushed: true }, 500],
  ])('is that %s', (_name, changes: Partial<Pace>, pause) => {
    expect(pauseOf(pace(changes))).toBe(pause)
  })

  it('lets a chain be silent for some blocks before that is strange', () => {
    expect(patienceOf(pace({}))).toBe(5_000)
    expect(patienceOf(pace({ blockTime: 12_000 }))).toBe(48_000)
  })
})
