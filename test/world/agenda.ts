/** A priority queue: a binary heap. */
export class Agenda<T> {
  readonly #precedes: (a: T, b: T) => boolean
  #heap: T[] = []

  /** @param compare negative when the first item has priority; a strict total order */
  constructor(compare: (a: T, b: T) => number) {
    this.#precedes = (a, b) => compare(a, b) < 0
  }

  add(item: T): void {
    let hole = this.#heap.length
    while (hole > 0) {
      const parent = (hole - 1) >> 1
      const above = this.#heap[parent] as T
      if (!this.#precedes(item, above)) break
      this.#heap[hole] = above
      hole = parent
    }
    this.#heap[hole] = item
  }

  /** Removes and returns the first item; undefined when the queue is empty. */
  take(): T | undefined {
    const first = this.#heap[0]
    const last = this.#heap.pop()
    if (last !== undefined && this.#heap.length > 0) this.#sink(last)
    return first
  }

  /** Removes every item that the predicate rejects. */
  keep(passes: (item: T) => boolean): void {
    const kept = this.#heap.filter(passes)
    this.#heap = []
    for (const item of kept) this.add(item)
  }

  /** Puts an item at the root and moves the item down to the right position. */
  #sink(item: T): void {
    let hole = 0
    for (;;) {
      let child = 2 * hole + 1
      if (child >= this.#heap.length) break
      if (
        child + 1 < this.#heap.length &&
        this.#precedes(this.#heap[child + 1] as T, this.#heap[child] as T)
      ) {
        child += 1
      }
      if (!this.#precedes(this.#heap[child] as T, item)) break
      this.#heap[hole] = this.#heap[child] as T
      hole = child
    }
    this.#heap[hole] = item
  }
}
