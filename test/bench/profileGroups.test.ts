import { expect, it } from 'vitest'
import { type CpuProfile, groupTime } from '../../bench/profileGroups.ts'

const frame = (id: number, functionName: string, url = '') => ({ id, callFrame: { functionName, url } })

const PROFILE: CpuProfile = {
  nodes: [
    frame(1, '(idle)'),
    frame(2, '(garbage collector)'),
    frame(3, 'writev'),
    frame(4, 'writeUtf8String'),
    frame(5, 'step', 'file:///app/node_modules/xstate/dist/raise.js'),
    frame(6, 'parse', 'file:///app/node_modules/@hono/node-server/dist/index.mjs'),
    frame(7, 'admit', 'file:///app/dist/src/machines/nonceTracker/lanes.js'),
    frame(8, 'emit', 'node:internal/events'),
    frame(9, 'constructor'),
    frame(10, 'ecdsaRecover', 'file:///app/node_modules/secp256k1/lib/index.js'),
  ],
  startTime: 1_000,
  samples: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 1],
  timeDeltas: Array(11).fill(10),
}

/** The groups with their microseconds. */
function groups(start: number, end: number, profiles = [PROFILE]) {
  return Object.fromEntries(
    groupTime(profiles, { start, end }).map(({ group, microseconds }) => [group, microseconds]),
  )
}

it('self time is grouped by socket writes, garbage collection, library, source folder and module of Node', () => {
  expect(groups(0, 2_000)).toEqual({
    'garbage collection': 10,
    'socket writes': 20,
    xstate: 10,
    '@hono/node-server': 10,
    'src/machines': 10,
    'Node: events': 10,
    'native code': 10,
    'signature recovery (secp256k1)': 10,
  })
})

it('only samples in the period count', () => {
  expect(groups(1_030, 1_050)).toEqual({ 'socket writes': 20 })
})

it('the threads are added, and the largest group is first', () => {
  expect(groups(1_030, 1_060, [PROFILE, PROFILE])).toEqual({ 'socket writes': 40, xstate: 20 })
  const [first, second] = groupTime([PROFILE], { start: 1_030, end: 1_060 })
  expect(first?.group).toBe('socket writes')
  expect(first?.percent).toBeCloseTo(66.7, 1)
  expect(second?.percent).toBeCloseTo(33.3, 1)
})
