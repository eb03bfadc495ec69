/** Shortens external texts, such as error messages. */

const MAX_CHARACTERS = 200

/** The first line of a text or an error message. Later lines may contain a whole request. */
export function firstLine(value: unknown): string {
  const text = value instanceof Error ? `${value.name}: ${value.message}` : String(value)
  return shorten(text.split('\n', 1)[0] ?? '')
}

export function shorten(text: string): string {
  return text.length <= MAX_CHARACTERS ? text : `${text.slice(0, MAX_CHARACTERS)}…`
}
