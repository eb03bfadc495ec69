import { expect, it } from 'vitest'
import { createInterruption } from '../../src/cli/interruption.ts'

function interrupted(...times: readonly number[]): {
  readonly aborted: boolean
  readonly exits: readonly number[]
} {
  const exits: number[] = []
  let clock = 0
  const { signal, interrupt } = createInterruption(
    () => clock,
    (code) => exits.push(code),
  )
  for (const time of times) {
    clock = time
    interrupt(130)
  }
  return { aborted: signal.aborted, exits }
}

it('is graceful the first time', () => {
  expect(interrupted(5000)).toEqual({ aborted: true, exits: [] })
})

it('takes two signals of one key press for one', () => {
  expect(interrupted(5000, 5003)).toEqual({ aborted: true, exits: [] })
})

it('ends at once the second time', () => {
  expect(interrupted(5000, 5003, 8000)).toEqual({ aborted: true, exits: [130] })
})
