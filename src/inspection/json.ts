/** Serializes messages to JSON without throwing. */

/** @returns null if the value cannot be serialized. Other messages are still sent. */
export function toJson(value: object): string | null {
  try {
    return JSON.stringify(value)
  } catch {
    return withoutBigints(value)
  }
}

/** Replaces an unexpected bigint by a decimal text. */
function withoutBigints(value: object): string | null {
  try {
    return JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? part.toString() : part))
  } catch {
    return null
  }
}
