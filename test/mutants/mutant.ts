/** A small deliberate fault, as plain data, and what it makes of a source text. */

export interface Mutant {
  /** In a few hyphenated words. */
  readonly name: string
  /** What is broken by it, in a sentence: the promise that the named tests have to hold. */
  readonly meaning: string
  /** Of the sources, from the root. */
  readonly file: string
  /** What is replaced: it stands exactly once in the file. */
  readonly find: string
  readonly replace: string
  /** The test files of which one has to fail. */
  readonly tests: readonly string[]
  /** Said of a fault after which tests wait for what never comes: only then does a timeout count as noticed. */
  readonly hangs?: true
}

/** @throws Error when the text to be replaced does not stand exactly once in the source, or nothing would change */
export function applyTo(source: string, { name, file, find, replace }: Mutant): string {
  const times = source.split(find).length - 1
  if (times !== 1) throw new Error(`${name} does not apply: its text stands ${times} times in ${file}`)
  if (find === replace) throw new Error(`${name} changes nothing`)
  return source.replace(find, () => replace)
}
