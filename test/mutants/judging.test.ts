/** When a fault counts as noticed: by a test that failed, and by nothing else. */
import { describe, expect, it } from 'vitest'
import { applyTo, type Mutant } from './mutant.ts'
import { isNoticed, reportTotals } from './report.ts'
import { judge } from './trial.ts'

const mutant: Mutant = {
  name: 'a-fault',
  meaning: 'something is wrong',
  file: 'src/x.ts',
  find: 'one',
  replace: '$&two',
  tests: ['test/x.test.ts'],
}

/** What vitest reports of one test. */
const reportOf = (status: string, failureMessages: readonly string[] = []) => ({
  success: status === 'passed',
  numPassedTests: status === 'passed' ? 1 : 0,
  testResults: [
    {
      name: '/tmp/copy/test/x.test.ts',
      message: '',
      assertionResults: [{ status, fullName: 'x', failureMessages }],
    },
  ],
})

describe('a fault', () => {
  it('is put where its text stands, as it is', () => {
    expect(applyTo('a one b', mutant)).toBe('a $&two b')
  })

  it.each([
    ['its text is gone', 'a b', mutant],
    ['its text stands twice', 'one one', mutant],
    ['it changes nothing', 'one', { ...mutant, replace: 'one' }],
  ])('does not apply when %s', (_, source, given) => {
    expect(() => applyTo(source, given)).toThrow('a-fault')
  })
})

describe('a trial', () => {
  const noticed = (report: Parameters<typeof judge>[0], hangs?: true) =>
    isNoticed({ mutant: { ...mutant, ...(hangs && { hangs }) }, verdict: judge(report), milliseconds: 1 })

  it('has noticed the fault when a test failed, and says which', () => {
    const report = reportOf('failed', ['AssertionError: expected 1 to be 2'])
    expect(judge(report)).toEqual({ type: 'noticed', by: 'test/x.test.ts: x' })
    expect(noticed(report)).toBe(true)
  })

  it('has not when every test passed', () => {
    expect(judge(reportOf('passed'))).toEqual({ type: 'survived' })
    expect(noticed(reportOf('passed'))).toBe(false)
  })

  it('has not when a test did not come to its end, unless that was said', () => {
    const report = reportOf('failed', ['Error: Test timed out in 20000ms.'])
    expect(judge(report)).toEqual({ type: 'hung', where: 'test/x.test.ts: x' })
    expect(noticed(report)).toBe(false)
    expect(noticed(report, true)).toBe(true)
  })

  it('has not when the tests could not be run', () => {
    const file = { name: 'test/x.test.ts', message: 'SyntaxError', assertionResults: [] }
    const report = { success: false, numPassedTests: 0, testResults: [file] }
    expect(judge(report)).toEqual({ type: 'broken', why: 'SyntaxError' })
    expect(noticed(report)).toBe(false)
    expect(judge({ ...report, success: true, testResults: [] })).toMatchObject({ type: 'broken' })
  })

  it('that has noticed nothing is named at the end', () => {
    const rows = [
      { mutant, verdict: { type: 'survived' }, milliseconds: 1_000 },
      { mutant: { ...mutant, name: 'another' }, verdict: { type: 'noticed', by: 'x' }, milliseconds: 500 },
    ] as const
    expect(reportTotals(rows)).toBe('2 mutants, 1 noticed; 1.5 s of trials\nmissed: a-fault\n')
  })
})
