/**
 * An immutable sorted map: every edit returns a new map. Machine contexts hold large collections in ordered maps: a
 * transition is pure and costs O(log n) instead of a full copy.
 *
 * The map wraps a copy-on-write B+ tree. An edit copies the nodes from the root to one leaf and shares all other nodes. A
 * bulk edit copies each changed node once.
 */
// The tree is created by a named export, because Node, bundlers and test runners each wrap the CommonJS `default` export
// (the class) differently.
import { bulkLoad } from 'sorted-btree/extended/bulkLoad.js'

type BTree<K, V> = ReturnType<typeof bulkLoad<K, V>>

/** Maximum entries of a node. Larger nodes make the tree flatter and the copy of a path more expensive. */
const NODE_SIZE = 32

type Compare<K> = (a: K, b: K) => number

export class OrderedMap<K, V> implements Iterable<readonly [K, V]> {
  readonly #tree: BTree<K, V>
  readonly #compare: Compare<K>

  private constructor(tree: BTree<K, V>, compare: Compare<K>) {
    this.#tree = tree
    this.#compare = compare
  }

  /** @param compare a strict total order; two keys with the result 0 are equal */
  static empty<K, V>(compare: Compare<K>): OrderedMap<K, V> {
    return new OrderedMap(bulkLoad<K, V>([], [], NODE_SIZE, compare), compare)
  }

  get size(): number {
    return this.#tree.size
  }

  get(key: K): V | undefined {
    return this.#tree.get(key)
  }

  has(key: K): boolean {
    return this.#tree.has(key)
  }

  /** The smallest key. O(log n). */
  get firstKey(): K | undefined {
    return this.#tree.minKey()
  }

  /** The entry with the greatest key below `key`, which need not be in the map. O(log n). */
  below(key: K): readonly [K, V] | undefined {
    return this.#tree.nextLowerPair(key)
  }

  /** The smallest key above `key`. The map need not have `key`. O(log n). */
  keyAbove(key: K): K | undefined {
    return this.#tree.nextHigherKey(key)
  }

  /** A map with `value` for `key`. O(log n). */
  with(key: K, value: V): OrderedMap<K, V> {
    return this.withAll([[key, value]])
  }

  /** A map with further entries. The last value of a repeated key counts. An empty map is bulk-loaded. */
  withAll(entries: readonly (readonly [K, V])[]): OrderedMap<K, V> {
    if (entries.length === 0) return this
    if (this.size === 0 && entries.length > NODE_SIZE) return this.#loaded(entries)
    const tree = this.#tree.clone()
    for (const [key, value] of entries) tree.set(key, value)
    return new OrderedMap(tree, this.#compare)
  }

  #loaded(entries: readonly (readonly [K, V])[]): OrderedMap<K, V> {
    const compare = this.#compare
    // The sort is stable, so the last of several equal keys stays last. Indexes instead of patterns save a third of its time.
    const sorted = entries.toSorted((a, b) => compare(a[0], b[0]))
    const isLast = ([key]: readonly [K, V], index: number) => {
      const next = sorted[index + 1]
      return next === undefined || compare(key, next[0]) !== 0
    }
    const unique = sorted.filter(isLast)
    const keys = unique.map(([key]) => key)
    const values = unique.map(([, value]) => value)
    return new OrderedMap(bulkLoad(keys, values, NODE_SIZE, compare), compare)
  }

  /** A map without `key`. An unknown key changes nothing. O(log n). */
  without(key: K): OrderedMap<K, V> {
    return this.withoutAll([key])
  }

  withoutAll(keys: readonly K[]): OrderedMap<K, V> {
    if (keys.length === 0) return this
    const tree = this.#tree.clone()
    for (const key of keys) tree.delete(key)
    return tree.size === this.#tree.size ? this : new OrderedMap(tree, this.#compare)
  }

  /** Keys in ascending order. The first k keys cost O(k + log n). */
  keys(): IterableIterator<K> {
    return this.#tree.keys()
  }

  values(): IterableIterator<V> {
    return this.#tree.values()
  }

  [Symbol.iterator](): IterableIterator<readonly [K, V]> {
    return this.#tree.entries()
  }

  /** A summary, because the snapshot of a machine must not contain a million entries. */
  toJSON(): { readonly size: number } {
    return { size: this.size }
  }
}
