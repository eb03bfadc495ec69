/** Applies an asynchronous function to each item, in order, with at most `limit` calls in flight. */
export async function mapLimited<T, R>(
  items: readonly T[],
  limit: number,
  apply: (item: T, index: number) => Promise<R>,
): Promise<readonly R[]> {
  const results = new Map<number, R>()
  const entries = items.entries()
  const work = async () => {
    for (const [index, item] of entries) results.set(index, await apply(item, index))
  }
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, work))
  return [...results].sort(([a], [b]) => a - b).map(([, result]) => result)
}
