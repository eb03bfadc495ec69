/** A fault counts as noticed only if a test failed. */
import { describe, expect, it } from 'vitest'
import { applyTo, type Mutant } from './mutant.ts'
import { isNoticed, reportTotals } from './report.ts'
import { judge } from './trial.ts'

const mutant: Mutant = {
  name: 'a-fault',
  meaning: 'a promise is broken',
  file: 'src/x.ts',
  find: 'one',
  replace: '$&two',
  tests: ['test/x.test.ts'],
}

/** A report of vitest on one test. */
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

describe('applying a fault', () => {
  it('replaces the text literally, without replacement patterns', () => {
    expect(applyTo('a one b', mutant)).toBe('a $&two b')
  })

  it.each([
    ['the text is missing', 'a b', mutant],
    ['the text occurs twice', 'one one', mutant],
    ['the replacement is equal', 'one', { ...mutant, replace: 'one' }],
  ])('throws if %s', (_, source, given) => {
    expect(() => applyTo(source, given)).toThrow('a-fault')
  })
})

describe('the verdict of a trial', () => {
  const noticed = (report: Parameters<typeof judge>[0], hangs?: true) =>
    isNoticed({ mutant: { ...mutant, ...(hangs && { hangs }) }, verdict: judge(report), milliseconds: 1 })

  it('is noticed, with the name of the test, if a test failed', () => {
    const report = reportOf('failed', ['AssertionError: expected 1 to be 2'])
    expect(judge(report)).toEqual({ type: 'noticed', by: 'test/x.test.ts: x' })
    expect(noticed(report)).toBe(true)
  })

  it('is survived if every test passed', () => {
    expect(judge(reportOf('passed'))).toEqual({ type: 'survived' })
    expect(noticed(reportOf('passed'))).toBe(false)
  })

  it('is hung if a test timed out, and only a hanging mutant then counts as noticed', () => {
    const report = reportOf('failed', ['Error: Test timed out in 20000ms.'])
    expect(judge(report)).toEqual({ type: 'hung', where: 'test/x.test.ts: x' })
    expect(noticed(report)).toBe(false)
    expect(noticed(report, true)).toBe(true)
  })

  it('is broken if the tests could not run', () => {
    const file = { name: 'test/x.test.ts', message: 'SyntaxError', assertionResults: [] }
    const report = { success: false, numPassedTests: 0, testResults: [file] }
    expect(judge(report)).toEqual({ type: 'broken', why: 'SyntaxError' })
    expect(noticed(report)).toBe(false)
    expect(judge({ ...report, success: true, testResults: [] })).toMatchObject({ type: 'broken' })
  })

  it('appears in the totals if the fault was missed', () => {
    const rows = [
      { mutant, verdict: { type: 'survived' }, milliseconds: 1_000 },
      { mutant: { ...mutant, name: 'another' }, verdict: { type: 'noticed', by: 'x' }, milliseconds: 500 },
    ] as const
    expect(reportTotals(rows)).toBe('2 mutants, 1 noticed; 1.5 s of trials\nmissed: a-fault\n')
  })
})
