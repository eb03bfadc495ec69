/** Lanes and claims after any sequence of events, against a model that looks through a list each time. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { QueuedOperation } from '../../src/domain/operation.ts'
import {
  admit,
  comeBack,
  countWaiting,
  type LaneEffects,
  type Lanes,
  leave,
  noLanes,
  overdue,
  predecessors,
  refusal,
  restore,
  stored,
} from '../../src/machines/lanes.ts'
import { op } from './support/samples.ts'

type Step =
  | {
      readonly type: 'submit'
      readonly lane: { readonly leaf: string; readonly nonce: number } | null
      readonly claims: readonly string[]
      readonly chainNonce: number
    }
  | { readonly type: 'store' | 'storeFails'; readonly which: number }
  | { readonly type: 'end' | 'evict'; readonly which: number; readonly next: number | null }
  | { readonly type: 'expire'; readonly patience: number }
  | { readonly type: 'restart'; readonly riding: number }

const next = fc.option(fc.nat(7))
const which = fc.nat(30)
const submit = fc.record({
  type: fc.constant('submit' as const),
  lane: fc.option(fc.record({ leaf: fc.constantFrom('a', 'b'), nonce: fc.nat(6) }), { freq: 6 }),
  claims: fc.uniqueArray(fc.constantFrom('0x1', '0x2', '0x3', '0x4', '0x5'), { maxLength: 2 }),
  chainNonce: fc.nat(3),
})
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: submit },
  { weight: 5, arbitrary: fc.record({ type: fc.constant('store' as const), which }) },
  fc.record({ type: fc.constant('storeFails' as const), which }),
  { weight: 2, arbitrary: fc.record({ type: fc.constantFrom('end', 'evict'), which, next }) },
  fc.record({ type: fc.constant('expire' as const), patience: fc.integer({ min: 5, max: 30 }) }),
  fc.record({ type: fc.constant('restart' as const), riding: fc.nat(3) }),
)

/** An operation that was let in. */
interface Entry {
  operation: QueuedOperation
  isStored: boolean
  isReleased: boolean
  since: number
}

const leafOf = ({ operation }: Entry) => operation.lane?.leaf ?? null
const nonceOf = ({ operation }: Entry) => operation.lane?.nonce ?? -1

/** All operations in one list, and what each lane's next nonce is believed to be. */
class NaiveLanes {
  entries: Entry[] = []
  readonly next = new Map<string, number>()

  refuses({ lane, claims }: QueuedOperation, chainNonce: number | null): string | null {
    const taken = this.entries.flatMap((entry) => entry.operation.claims)
    if (claims.some((claim) => taken.includes(claim))) return 'duplicate_request_in_flight'
    if (lane === null) return null
    const rivals = this.lane(lane.leaf)
    if (rivals.some((entry) => nonceOf(entry) === lane.nonce)) return 'duplicate_request_in_flight'
    const expected = Math.max(this.next.get(lane.leaf) ?? 0, chainNonce ?? 0)
    return lane.nonce < expected ? 'mismatched_signature_nonce' : null
  }

  lane(leaf: string): Entry[] {
    return this.entries.filter((entry) => leafOf(entry) === leaf).sort((a, b) => nonceOf(a) - nonceOf(b))
  }

  remove(operation: QueuedOperation): void {
    this.entries = this.entries.filter((entry) => entry.operation.id !== operation.id)
  }

  raise(leaf: string | null, told: number | null): void {
    if (leaf !== null) this.next.set(leaf, Math.max(this.next.get(leaf) ?? 0, told ?? 0))
  }

  /** Whose turn it is: everybody before it, from the lane's next nonce on, is here and on disk. */
  release(leaf: string | null, at: number): void {
    const entries = leaf === null ? this.entries.filter((entry) => leafOf(entry) === null) : this.lane(leaf)
    const start = this.next.get(leaf ?? '') ?? 0
    for (const entry of entries) {
      const before = entries.filter((other) => nonceOf(other) <= nonceOf(entry))
      const wanted = Array.from({ length: Math.max(0, nonceOf(entry) - start) }, (_, index) => start + index)
      const isComplete = wanted.every((nonce) => before.some((other) => nonceOf(other) === nonce))
      const isTurn =
        entry.isStored && (leaf === null || (isComplete && before.every((each) => each.isStored)))
      if (entry.isReleased && !isTurn) entry.since = at
      entry.isReleased = isTurn
    }
    if (leaf !== null && entries.length === 0) this.next.delete(leaf)
  }

  get waiting(): Entry[] {
    return this.entries.filter(({ isStored, isReleased }) => isStored && !isReleased)
  }
}

/** The lanes, the model, and the operations that the batcher has been handed. */
class World {
  readonly model = new NaiveLanes()
  readonly handed = new Map<string, QueuedOperation>()
  lanes: Lanes = noLanes
  #count = 0

  take(step: Step, at: number): void {
    switch (step.type) {
      case 'submit':
        this.#submit(step, at)
        break
      case 'store':
      case 'storeFails':
        this.#store(step, at)
        break
      case 'end':
      case 'evict':
        this.#settle(step, at)
        break
      case 'expire':
        this.#expire(at - step.patience, at)
        break
      case 'restart':
        this.#restart(step.riding, at)
    }
  }

  check(): void {
    const { model, lanes, handed } = this
    expect(idsOf(handed.values())).toEqual(
      idsOf(this.#of(({ isReleased }) => isReleased).map((e) => e.operation)),
    )
    expect(countWaiting(lanes)).toBe(model.waiting.length)
    expect(new Map(lanes.claims)).toEqual(
      new Map(model.entries.flatMap(({ operation: { claims, id } }) => claims.map((claim) => [claim, id]))),
    )
    for (const leaf of ['a', 'b']) {
      expect(predecessors(lanes, leaf, 99)).toEqual(model.lane(leaf).map(({ operation }) => operation))
      expect(lanes.lanes.get(leaf)?.next).toBe(model.next.get(leaf))
    }
  }

  #submit({ lane, claims, chainNonce: told }: Extract<Step, { type: 'submit' }>, at: number): void {
    const operation = op(this.#count++, { lane, claims })
    const chainNonce = lane === null ? null : told
    expect(refusal(this.lanes, operation, chainNonce)).toBe(this.model.refuses(operation, chainNonce))
    if (this.model.refuses(operation, chainNonce) !== null) return
    this.model.entries.push({ operation, isStored: false, isReleased: false, since: at })
    this.model.raise(lane?.leaf ?? null, chainNonce)
    this.lanes = admit(this.lanes, operation, chainNonce, at)
  }

  #store({ type, which: index }: Extract<Step, { type: 'store' | 'storeFails' }>, at: number): void {
    const entry = pick(
      this.#of(({ isStored }) => !isStored),
      index,
    )
    if (entry === undefined) return
    if (type === 'storeFails') this.#leave(entry, null, at)
    else this.#takeTurn(entry, at)
  }

  #settle({ type, which: index, next: told }: Extract<Step, { type: 'end' | 'evict' }>, at: number): void {
    const entry = pick(
      this.#of(({ isReleased }) => isReleased),
      index,
    )
    if (entry === undefined) return
    this.handed.delete(entry.operation.id)
    if (type === 'end') this.#leave(entry, told, at)
    else this.#comeBack(entry, told, at)
  }

  #expire(deadline: number, at: number): void {
    const late = this.model.waiting.filter(({ since }) => since < deadline)
    expect(idsOf(overdue(this.lanes, deadline))).toEqual(idsOf(late.map(({ operation }) => operation)))
    for (const entry of late) this.#leave(entry, null, at)
  }

  /** What was not on disk is gone; the first few that were released ride on, and the rest is queued. */
  #restart(riding: number, at: number): void {
    const { model } = this
    model.entries = this.#of(({ isStored }) => isStored)
    const first = ['a', 'b'].flatMap((leaf) => model.lane(leaf).slice(0, riding))
    const isRiding = (entry: Entry) => entry.isReleased && first.includes(entry)
    const [onward, queued] = [
      model.entries.filter(isRiding),
      model.entries.filter((entry) => !isRiding(entry)),
    ]

    this.handed.clear()
    for (const { operation } of onward) this.handed.set(operation.id, operation)
    this.lanes = noLanes
    for (const { operation } of onward) this.lanes = restore(this.lanes, operation, 'released', at)
    for (const { operation } of queued) this.lanes = restore(this.lanes, operation, 'storing', at)

    for (const entry of model.entries) Object.assign(entry, { since: at, isStored: isRiding(entry) })
    model.next.clear()
    for (const leaf of ['a', 'b']) {
      const [lowest] = model.lane(leaf)
      if (lowest !== undefined) model.next.set(leaf, nonceOf(lowest))
    }
    for (const entry of queued) this.#takeTurn(entry, at)
  }

  #takeTurn(entry: Entry, at: number): void {
    entry.isStored = true
    this.model.release(leafOf(entry), at)
    this.#apply(stored(this.lanes, entry.operation.id, at))
  }

  #leave(entry: Entry, told: number | null, at: number): void {
    this.model.remove(entry.operation)
    this.model.raise(leafOf(entry), told)
    this.model.release(leafOf(entry), at)
    this.#apply(leave(this.lanes, entry.operation, told, at))
  }

  #comeBack(entry: Entry, told: number | null, at: number): void {
    const { operation } = entry
    const leaf = leafOf(entry)
    entry.operation = { ...operation, tries: operation.tries + 1 }
    if (leaf !== null && told !== null) this.model.next.set(leaf, told)
    this.model.release(leaf, at)
    if (!entry.isReleased) entry.since = at
    this.#apply(comeBack(this.lanes, operation, told, at))
  }

  #apply([lanes, { ready, withdrawn }]: readonly [Lanes, LaneEffects]): void {
    this.lanes = lanes
    for (const { id } of withdrawn) expect(this.handed.delete(id)).toBe(true)
    for (const operation of ready) {
      expect(this.handed.has(operation.id)).toBe(false)
      this.handed.set(operation.id, operation)
    }
  }

  #of(condition: (entry: Entry) => boolean): Entry[] {
    return this.model.entries.filter(condition)
  }
}

function pick(from: readonly Entry[], index: number): Entry | undefined {
  return from[index % Math.max(1, from.length)]
}

function idsOf(operations: Iterable<QueuedOperation>): string[] {
  return [...operations].map(({ id }) => id).toSorted()
}

describe('lanes after any sequence of events', () => {
  it('release, withdraw and refuse as a look through everything does', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const world = new World()
        for (const [at, each] of steps.entries()) {
          world.take(each, at)
          world.check()
        }
      }),
      { numRuns: 200 },
    )
  })
})
