import { describe, expect, it } from 'vitest'
import { describeRun, Problems } from '../../src/cli/loadReport.ts'
import { type LoadEvent, Tally } from '../../src/load/report.ts'

function problemsOf(...events: readonly LoadEvent[]): Problems {
  const problems = new Problems()
  for (const event of events) problems.add(event)
  return problems
}

const accepted = { type: 'accepted' } as const
const full = { type: 'postponed', code: 'store_unavailable', message: 'The disk is full.' } as const
const rejected = (code: string) => ({ type: 'rejected', code, message: 'no' }) as const

describe('a load run that ends early', () => {
  it('reports the last answer of the gateway after a timeout', () => {
    expect(problemsOf(accepted, full, { type: 'cut', by: 'timeout' }).cut).toBe(
      'run ended: no operation changed for --timeout-secs; the last answer of the gateway was store_unavailable (The disk is full.)',
    )
    expect(problemsOf(full, accepted, { type: 'cut', by: 'timeout' }).cut).toBe(
      'run ended: no operation changed for --timeout-secs',
    )
  })

  it('reports an interruption', () => {
    expect(problemsOf({ type: 'cut', by: 'interruption' }).cut).toMatch(/^interrupted/)
  })

  it('reports a number for every state of an operation, and all add up', () => {
    const report = { ...new Tally().report(), accepted: 5, rejected: 2, finalized: 3, failed: 1 }
    const lines = describeRun(report, new Problems(), 10).split('\n')
    expect(lines.slice(0, 6).map((line) => line.replace(/ +/, ' '))).toEqual([
      ...['accepted 5', 'rejected 2', 'finalized 3', 'failed 1', 'unfinished 1', 'unanswered 3'],
    ])
  })
})

describe('Problems.allAnswered', () => {
  it.each([
    ['is true after a refusal, which is an answer', [accepted, full, rejected('bad_request')], true],
    ['is false if the gateway was unreachable', [accepted, rejected('unreachable')], false],
    [
      'is false if an operation was not sent, because an earlier one did not succeed',
      [rejected('not_sent')],
      false,
    ],
    ['is false if the run was interrupted', [accepted, { type: 'cut', by: 'interruption' }], false],
  ] as const)('%s', (_, events, expected) => {
    expect(problemsOf(...events).allAnswered).toBe(expected)
  })
})
