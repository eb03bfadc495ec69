/** The result of one check. */

/** `warn`: the gateway starts, and works less well. `fail`: it does not start, or cannot send. */
export type Verdict = 'ok' | 'warn' | 'fail'

export interface Check {
  /** What was checked. */
  readonly name: string
  readonly verdict: Verdict
  /** What was found. */
  readonly found: string
  /** What to do; null if there is nothing to do. */
  readonly advice: string | null
}

export const ok = (name: string, found: string): Check => ({ name, verdict: 'ok', found, advice: null })

export const warn = (name: string, found: string, advice: string): Check => ({
  name,
  verdict: 'warn',
  found,
  advice,
})

export const fail = (name: string, found: string, advice: string): Check => ({
  name,
  verdict: 'fail',
  found,
  advice,
})
