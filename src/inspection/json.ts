/** Writes what is told as JSON, whatever is in it. */

/** @returns null for what cannot be written: it takes nothing else with it */
export function toJson(value: object): string | null {
  try {
    return JSON.stringify(value)
  } catch {
    return withoutBigints(value)
  }
}

/** A bigint where none should be is told in decimal. */
function withoutBigints(value: object): string | null {
  try {
    return JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? part.toString() : part))
  } catch {
    return null
  }
}
