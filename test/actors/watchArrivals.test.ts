import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createActor, setup } from 'xstate'
import { watchArrivals } from '../../src/actors/watchArrivals.ts'
import type { Arrival } from '../../src/domain/arrival.ts'
import type { OperationsArrived } from '../../src/machines/protocol.ts'
import { envelope } from '../store/fixtures.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

function arrival(n: number): Arrival {
  const { sequence: _, ...rest } = envelope(n)
  return { envelope: rest, chainNonce: null }
}

/** Watches a store whose answers the test gives, and returns what is reported. */
function watching(answers: readonly (readonly number[] | Error)[]) {
  let look = 0
  const read = vi.fn(async () => {
    const answer = answers[Math.min(look++, answers.length - 1)] ?? []
    if (answer instanceof Error) throw answer
    return answer.map(arrival)
  })
  const reported: string[][] = []
  const actor = createActor(
    setup({
      types: { events: {} as OperationsArrived },
      actors: { watchArrivals: watchArrivals(read) },
    }).createMachine({
      invoke: { src: 'watchArrivals' },
      on: {
        'operations.arrived': {
          actions: ({ event }) => {
            reported.push(event.arrivals.map(({ envelope: { id } }) => id.slice(-1)))
          },
        },
      },
    }),
  ).start()
  return { actor, reported, read }
}

it('reports each operation once, also while its number is being stored', async () => {
  const { actor, reported } = watching([[1, 2], [1, 2, 3], [3], []])
  await vi.advanceTimersByTimeAsync(1_000)
  expect(reported).toEqual([['1', '2'], ['3']])
  actor.stop()
})

it('reports again what it reported before a look that missed it', async () => {
  const { actor, reported } = watching([[1], [], [1], []])
  await vi.advanceTimersByTimeAsync(1_000)
  expect(reported).toEqual([['1'], ['1']])
  actor.stop()
})

it('goes on after a failed look, and forgets nothing', async () => {
  const { actor, reported } = watching([[1], new Error('away'), [1, 2], []])
  await vi.advanceTimersByTimeAsync(1_000)
  expect(reported).toEqual([['1'], ['2']])
  actor.stop()
})

it('looks no more after its stop', async () => {
  const { actor, read } = watching([[]])
  await vi.advanceTimersByTimeAsync(100)
  const looks = read.mock.calls.length
  actor.stop()
  await vi.advanceTimersByTimeAsync(1_000)
  expect(read).toHaveBeenCalledTimes(looks)
})
