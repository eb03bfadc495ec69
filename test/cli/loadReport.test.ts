import { describe, expect, it } from 'vitest'
import { describeRun, Problems } from '../../src/cli/loadReport.ts'
import type { CostReport } from '../../src/load/costs.ts'
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
    const report = { ...new Tally().report(null), accepted: 5, rejected: 2, finalized: 3, failed: 1 }
    const lines = describeRun(report, new Problems(), 10).split('\n')
    expect(lines.slice(0, 6).map((line) => line.replace(/ +/, ' '))).toEqual([
      ...['accepted 5', 'rejected 2', 'finalized 3', 'failed 1', 'unfinished 1', 'unanswered 3'],
    ])
  })
})

describe('the cost of a load run', () => {
  const costLines = (cost: CostReport | null) =>
    describeRun({ ...new Tally().report(cost), accepted: 3, finalized: 3 }, new Problems(), 3)
      .split('\n')
      .slice(6)

  it('is reported as a total, and as the mean of each kind', () => {
    const byKind = {
      create_account: { operations: 2, total: '3000000000' },
      insert_authenticator: { operations: 1, total: '1000000000000000000' },
    }
    expect(costLines({ total: '1000000003000000000', byKind })).toEqual([
      'cost        1.000000003 ETH',
      '  create_account: 1.5 gwei each',
      '  insert_authenticator: 1000000000 gwei each',
    ])
  })

  it('is reported as not known if the gateway does not show it', () => {
    expect(costLines(null)).toEqual(['cost        not known'])
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
