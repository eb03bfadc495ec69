/** Lists and maps that never grow beyond a bound, and are never changed in place. */

/** @param most how many are kept: the newest */
export const push = <T>(list: readonly T[], item: T, most: number): readonly T[] =>
  list.length < most ? [...list, item] : [...list.slice(list.length + 1 - most), item]

export const put = <V>(map: ReadonlyMap<string, V>, key: string, value: V): Map<string, V> =>
  new Map(map).set(key, value)

/** As `put`, and as the newest of all. */
export function renew<V>(map: ReadonlyMap<string, V>, key: string, value: V): Map<string, V> {
  const renewed = new Map(map)
  renewed.delete(key)
  return renewed.set(key, value)
}

/** Forgets the oldest that may be forgotten. The map is the caller's own. */
export function bounded<V>(
  map: Map<string, V>,
  most: number,
  isOld: (value: V) => boolean = () => true,
): Map<string, V> {
  for (const [key, value] of map) {
    if (map.size <= most) break
    if (isOld(value)) map.delete(key)
  }
  return map
}
