/** Immutable lists and maps with a maximum size. */

/** @param most maximum number of items. The newest are kept. */
export const push = <T>(list: readonly T[], item: T, most: number): readonly T[] =>
  list.length < most ? [...list, item] : [...list.slice(list.length + 1 - most), item]

export const put = <V>(map: ReadonlyMap<string, V>, key: string, value: V): Map<string, V> =>
  new Map(map).set(key, value)

/** Like `put`, and moves the entry to the end of the map. */
export function renew<V>(map: ReadonlyMap<string, V>, key: string, value: V): Map<string, V> {
  const renewed = new Map(map)
  renewed.delete(key)
  return renewed.set(key, value)
}

/** Deletes the oldest entries in place. The map must not be shared. */
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
