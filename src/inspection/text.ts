/** Texts of others, such as errors, made short enough to be shown. */

const MOST_CHARACTERS = 200

/** The first line of a text or of an error's message: what follows may be a request in full. */
export function firstLine(value: unknown): string {
  const text = value instanceof Error ? `${value.name}: ${value.message}` : String(value)
  return shorten(text.split('\n', 1)[0] ?? '')
}

export function shorten(text: string): string {
  return text.length <= MOST_CHARACTERS ? text : `${text.slice(0, MOST_CHARACTERS)}…`
}
