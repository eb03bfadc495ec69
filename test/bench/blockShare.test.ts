import { expect, it } from 'vitest'
import { shareOfBacklog } from '../../bench/blockShare.ts'

const blocks = (...used: readonly number[]) => used.map((gasUsed) => ({ gasUsed, gasLimit: 100 }))

it('the first and the last block of a backlog do not count', () => {
  expect(shareOfBacklog(blocks(10, 100, 80, 20))).toBe(0.9)
})

it('empty blocks before and after a backlog do not count, and an empty block within it does', () => {
  expect(shareOfBacklog(blocks(0, 0, 30, 100, 0, 30, 0))).toBe(0.5)
})

it('a backlog of one or two blocks has no share', () => {
  expect(shareOfBacklog(blocks(0, 40, 0))).toBeNaN()
  expect(shareOfBacklog(blocks(40, 60))).toBeNaN()
  expect(shareOfBacklog(blocks())).toBeNaN()
})
