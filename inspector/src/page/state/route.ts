/** Deep links: `#/batch/<id>`. The parts of a route are decoded. */

export function routeOf(hash: string): readonly string[] {
  return hash
    .replace(/^#\/?/, '')
    .split('/')
    .filter((part) => part !== '')
    .map(decoded)
}

export const hrefOf = (...route: readonly string[]): string => `#/${route.map(encodeURIComponent).join('/')}`

/** An invalid encoding is kept as plain text. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
