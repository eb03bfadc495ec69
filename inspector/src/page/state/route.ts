/** Deep links: `#/batch/<id>`; parts are decoded. */

export function routeOf(hash: string): readonly string[] {
  return hash
    .replace(/^#\/?/, '')
    .split('/')
    .filter((part) => part !== '')
    .map(decoded)
}

export const hrefOf = (...route: readonly string[]): string => `#/${route.map(encodeURIComponent).join('/')}`

/** A link that somebody has mistyped leads to what it says, letter by letter. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
