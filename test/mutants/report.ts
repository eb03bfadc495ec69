/** The report of the trials, as text. */
import type { Mutant } from './mutant.ts'
import type { Trial } from './trial.ts'

export interface Row extends Trial {
  readonly mutant: Mutant
}

/** True if the tests noticed the fault. */
export function isNoticed({ mutant, verdict }: Row): boolean {
  return verdict.type === 'noticed' || (verdict.type === 'hung' && mutant.hangs === true)
}

/** A trial as a row: the broken promise, the file, the noticing test, and the time. */
export function reportRow(row: Row): string {
  const { mutant, verdict, milliseconds } = row
  const head = `${isNoticed(row) ? 'noticed ' : 'MISSED  '} ${mutant.name}: ${mutant.meaning}`
  return [head, `         in ${mutant.file}`, `         ${told(verdict)} (${seconds(milliseconds)})`].join(
    '\n',
  )
}

function told(verdict: Trial['verdict']): string {
  switch (verdict.type) {
    case 'noticed':
      return `by ${verdict.by}`
    case 'hung':
      return `no end of ${verdict.where}`
    case 'survived':
      return 'every test passed'
    case 'broken':
      return verdict.why
  }
}

export function reportTotals(rows: readonly Row[]): string {
  const missed = rows.filter((row) => !isNoticed(row)).map(({ mutant }) => mutant.name)
  const time = seconds(rows.reduce((sum, { milliseconds }) => sum + milliseconds, 0))
  const sum = `${rows.length} mutants, ${rows.length - missed.length} noticed; ${time} of trials`
  return missed.length === 0 ? `${sum}\n` : `${sum}\nmissed: ${missed.join(', ')}\n`
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`
}
