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

it('the first interruption stops the program gracefully', () => {
  expect(interrupted(5000)).toEqual({ aborted: true, exits: [] })
})

it('two signals of a single key press count as a single interruption', () => {
  expect(interrupted(5000, 5003)).toEqual({ aborted: true, exits: [] })
})

it('the second interruption ends the program at once', () => {
  expect(interrupted(5000, 5003, 8000)).toEqual({ aborted: true, exits: [130] })
})
