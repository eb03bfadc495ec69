/** What a machine promises, as a sentence that a step may break. */

/** @throws Error with the sentence when it does not hold */
export function hold(promise: string, holds: boolean): void {
  if (!holds) throw new Error(`it promises: ${promise}`)
}

export function isSameSet(some: ReadonlySet<string>, others: ReadonlySet<string>): boolean {
  return some.size === others.size && [...some].every((each) => others.has(each))
}
