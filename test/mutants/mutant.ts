/** A mutant: a small deliberate fault in a source file, as data. */

export interface Mutant {
  /** A few words with hyphens. */
  readonly name: string
  /** The broken promise, in one sentence. The named tests protect this promise. */
  readonly meaning: string
  /** Path of the source file, from the root. */
  readonly file: string
  /** The replaced text. Occurs exactly once in the file. */
  readonly find: string
  readonly replace: string
  /** Test files. One of the tests must fail. */
  readonly tests: readonly string[]
  /** True for a fault with endless waits in tests. For other faults a timeout does not count as noticed. */
  readonly hangs?: true
}

/** @throws Error if the text does not occur exactly once in the source, or if the replacement is equal */
export function applyTo(source: string, { name, file, find, replace }: Mutant): string {
  const times = source.split(find).length - 1
  if (times !== 1) throw new Error(`${name} does not apply: its text occurs ${times} times in ${file}`)
  if (find === replace) throw new Error(`${name} changes nothing`)
  return source.replace(find, () => replace)
}
