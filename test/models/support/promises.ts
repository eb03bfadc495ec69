/** Promises of a machine as sentences, checked after each step. */

/** @throws Error with the sentence when the promise is broken */
export function hold(promise: string, holds: boolean): void {
  if (!holds) throw new Error(`it promises: ${promise}`)
}

export function isSameSet(some: ReadonlySet<string>, others: ReadonlySet<string>): boolean {
  return some.size === others.size && [...some].every((each) => others.has(each))
}
