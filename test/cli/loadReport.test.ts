import { describe, expect, it } from 'vitest'
import { describeRun, Mishaps } from '../../src/cli/loadReport.ts'
import { type LoadEvent, Tally } from '../../src/load/report.ts'

function mishapsOf(...events: readonly LoadEvent[]): Mishaps {
  const mishaps = new Mishaps()
  for (const event of events) mishaps.add(event)
  return mishaps
}

const accepted = { type: 'accepted' } as const
const full = { type: 'postponed', code: 'store_unavailable', message: 'The disk is full.' } as const
const rejected = (code: string) => ({ type: 'rejected', code, message: 'no' }) as const

describe('a run that ends before its end', () => {
  it('says what the gateway answered last, when nothing moved', () => {
    expect(mishapsOf(accepted, full, { type: 'cut', by: 'patience' }).cut).toBe(
      "given up, since nothing moved for --timeout-secs; the gateway's last answer was store_unavailable (The disk is full.)",
    )
    expect(mishapsOf(full, accepted, { type: 'cut', by: 'patience' }).cut).toBe(
      'given up, since nothing moved for --timeout-secs',
    )
  })

  it('says that it was interrupted', () => {
    expect(mishapsOf({ type: 'cut', by: 'interruption' }).cut).toMatch(/^interrupted/)
  })

  it('accounts for every operation', () => {
    const report = { ...new Tally().report(), accepted: 5, rejected: 2, finalized: 3, failed: 1 }
    const lines = describeRun(report, new Mishaps(), 10).split('\n')
    expect(lines.slice(0, 6).map((line) => line.replace(/ +/, ' '))).toEqual([
      ...['accepted 5', 'rejected 2', 'finalized 3', 'failed 1', 'unfinished 1', 'unanswered 3'],
    ])
  })
})

describe('whether all arrived', () => {
  it.each([
    ['yes: a refusal is an answer', [accepted, full, rejected('bad_request')], true],
    ['no: the gateway was not there', [accepted, rejected('unreachable')], false],
    ['no: what it builds on did not succeed', [rejected('not_sent')], false],
    ['no: the run was cut short', [accepted, { type: 'cut', by: 'interruption' }], false],
  ] as const)('%s', (_, events, expected) => {
    expect(mishapsOf(...events).allArrived).toBe(expected)
  })
})
