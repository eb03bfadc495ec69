/**
 * A sorted map that never changes: every edit returns a new map and leaves the old one as it was. Machine contexts hold
 * their large collections in it, so that a transition is pure and still costs O(log n), not a copy of everything.
 *
 * It wraps a copy-on-write B+ tree: an edit copies the nodes from the root to one leaf and shares all the others, and a
 * bulk edit copies each node that it touches once.
 */
// A named function of the package makes the tree. Its class is a CommonJS `default`, which Node, bundlers and test
// runners each wrap differently.
import { bulkLoad } from 'sorted-btree/extended/bulkLoad.js'

type BTree<K, V> = ReturnType<typeof bulkLoad<K, V>>

/** Most entries of a node: larger nodes make the tree flatter, and each copy of a path dearer. */
const NODE_SIZE = 32

type Compare<K> = (a: K, b: K) => number

export class OrderedMap<K, V> implements Iterable<readonly [K, V]> {
  readonly #tree: BTree<K, V>
  readonly #compare: Compare<K>

  private constructor(tree: BTree<K, V>, compare: Compare<K>) {
    this.#tree = tree
    this.#compare = compare
  }

  /** @param compare a strict total order of the keys: two keys that compare as 0 are the same key */
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

  /** The least key. O(log n). */
  get firstKey(): K | undefined {
    return this.#tree.minKey()
  }

  /** The greatest key below `key`, which itself need not be in the map, with its value. O(log n). */
  below(key: K): readonly [K, V] | undefined {
    return this.#tree.nextLowerPair(key)
  }

  /** The least key above `key`, which itself need not be in the map. O(log n). */
  keyAbove(key: K): K | undefined {
    return this.#tree.nextHigherKey(key)
  }

  /** A map in which `key` has `value`, whether or not it had one. O(log n). */
  with(key: K, value: V): OrderedMap<K, V> {
    return this.withAll([[key, value]])
  }

  /** The last of several values for a key counts. Into an empty map, many entries are loaded at once. */
  withAll(entries: readonly (readonly [K, V])[]): OrderedMap<K, V> {
    if (entries.length === 0) return this
    if (this.size === 0 && entries.length > NODE_SIZE) return this.#loaded(entries)
    const tree = this.#tree.clone()
    for (const [key, value] of entries) tree.set(key, value)
    return new OrderedMap(tree, this.#compare)
  }

  #loaded(entries: readonly (readonly [K, V])[]): OrderedMap<K, V> {
    const compare = this.#compare
    // Sorting is stable: of equal keys the last stays the last.
    const sorted = entries.toSorted(([a], [b]) => compare(a, b))
    const isLast = ([key]: readonly [K, V], index: number) => {
      const next = sorted[index + 1]
      return next === undefined || compare(key, next[0]) !== 0
    }
    const unique = sorted.filter(isLast)
    const keys = unique.map(([key]) => key)
    const values = unique.map(([, value]) => value)
    return new OrderedMap(bulkLoad(keys, values, NODE_SIZE, compare), compare)
  }

  /** A map without `key`: this very map when it has no such key. O(log n). */
  without(key: K): OrderedMap<K, V> {
    return this.withoutAll([key])
  }

  withoutAll(keys: readonly K[]): OrderedMap<K, V> {
    if (keys.length === 0) return this
    const tree = this.#tree.clone()
    for (const key of keys) tree.delete(key)
    return tree.size === this.#tree.size ? this : new OrderedMap(tree, this.#compare)
  }

  /** In ascending order; taking the first k costs O(k + log n). */
  keys(): IterableIterator<K> {
    return this.#tree.keys()
  }

  values(): IterableIterator<V> {
    return this.#tree.values()
  }

  [Symbol.iterator](): IterableIterator<readonly [K, V]> {
    return this.#tree.entries()
  }

  /** A summary: a snapshot of a machine must not drag a million entries along. */
  toJSON(): { readonly size: number } {
    return { size: this.size }
  }
}
