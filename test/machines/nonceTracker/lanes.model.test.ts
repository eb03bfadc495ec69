/** Lanes and claims after any sequence of events, against a model that looks through a list each time. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { QueuedOperation } from '../../../src/domain/operation.ts'
import type { OpStatus } from '../../../src/domain/status.ts'
import { type LaneEffects, type Lanes, noLanes } from '../../../src/machines/nonceTracker/laneState.ts'
import {
  admit,
  countWaiting,
  predecessors,
  promoteOverdue,
  refusal,
  removeOperation,
  stored,
} from '../../../src/machines/nonceTracker/lanes.ts'
import { requeue, restore, revive } from '../../../src/machines/nonceTracker/reclaim.ts'
import {
  type Eviction,
  endBackOffs,
  returnEvicted,
} from '../../../src/machines/nonceTracker/returnEvicted.ts'
import { agree, pick, playSequences } from '../../support/sequences.ts'
import { hash, op } from '../support/samples.ts'

type Step =
  | {
      readonly type: 'submit'
      readonly lane: { readonly leaf: string; readonly nonce: number } | null
      readonly claims: readonly string[]
      readonly chainNonce: number
    }
  | { readonly type: 'store' | 'storeFails'; readonly which: number }
  | { readonly type: 'end'; readonly which: number; readonly fate: 'landed' | 'failed' | 'tooLow' }
  | {
      readonly type: 'evict'
      readonly which: number
      readonly next: number | null
      readonly reason: Eviction['reason']
    }
  | { readonly type: 'expire'; readonly patience: number }
  | { readonly type: 'wake' }
  | { readonly type: 'revive' | 'requeue'; readonly count: number }
  | { readonly type: 'restart'; readonly riding: number }

const next = fc.option(fc.nat(7))
const which = fc.nat(30)
const fate = fc.constantFrom('landed' as const, 'failed' as const, 'tooLow' as const)
const reason = fc.constantFrom<Eviction['reason']>(
  'BatchFull',
  'DependencyNotReady',
  'GasLimitExceeded',
  'Timeout',
)
const submit = fc.record({
  type: fc.constant('submit' as const),
  lane: fc.option(fc.record({ leaf: fc.constantFrom('a', 'b'), nonce: fc.nat(6) }), { freq: 6 }),
  claims: fc.uniqueArray(fc.constantFrom('0x1', '0x2', '0x3', '0x4', '0x5'), { maxLength: 2 }),
  chainNonce: fc.nat(3),
})
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: submit },
  { weight: 6, arbitrary: fc.record({ type: fc.constant('store' as const), which }) },
  fc.record({ type: fc.constant('storeFails' as const), which }),
  { weight: 4, arbitrary: fc.record({ type: fc.constant('end' as const), which, fate }) },
  { weight: 4, arbitrary: fc.record({ type: fc.constant('evict' as const), which, next, reason }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('expire' as const), patience: fc.nat(15) }) },
  fc.record({ type: fc.constant('wake' as const) }),
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constantFrom('revive' as const, 'requeue' as const),
      count: fc.integer({ min: 1, max: 3 }),
    }),
  },
  fc.record({ type: fc.constant('restart' as const), riding: fc.nat(3) }),
)

/** An operation that was let in. */
interface Entry {
  operation: QueuedOperation
  isStored: boolean
  isReleased: boolean
  /** Released out of turn. */
  isOverdue: boolean
  isResting: boolean
  since: number
}

/** How long who was not decided in time pauses, in steps: longer than the test. */
const PAUSE = 1_000

const leafOf = ({ operation }: Entry) => operation.lane?.leaf ?? null
const nonceOf = ({ operation }: Entry) => operation.lane?.nonce ?? -1

/** All operations in one list, and what each lane's next nonce is believed to be. */
class NaiveLanes {
  entries: Entry[] = []
  readonly next = new Map<string, number>()
  /** Below which nonce everything of a lane that is not empty has landed. */
  readonly landed = new Map<string, number>()

  refuses({ lane, claims }: QueuedOperation, chainNonce: number | null): string | null {
    const taken = this.entries.flatMap((entry) => entry.operation.claims)
    if (claims.some((claim) => taken.includes(claim))) return 'duplicate_request_in_flight'
    if (lane === null) return null
    const rivals = this.lane(lane.leaf)
    if (rivals.some((entry) => nonceOf(entry) === lane.nonce)) return 'duplicate_request_in_flight'
    const expected = Math.max(this.landed.get(lane.leaf) ?? 0, chainNonce ?? 0)
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

  /** The chain's own word, whatever was believed. */
  correct(leaf: string, told: number): void {
    this.next.set(leaf, told)
    this.landed.set(leaf, Math.min(this.landed.get(leaf) ?? 0, told))
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
      if (isTurn) entry.isOverdue = false
      if (entry.isReleased && !isTurn && !entry.isOverdue) {
        entry.since = at
        entry.isResting = false
      }
      entry.isReleased = isTurn || entry.isOverdue
    }
    if (leaf !== null && entries.length === 0) {
      this.next.delete(leaf)
      this.landed.delete(leaf)
    }
  }

  get waiting(): Entry[] {
    return this.entries.filter(({ isStored, isReleased }) => isStored && !isReleased)
  }

  get handed(): Entry[] {
    return this.entries.filter(({ isReleased, isResting }) => isReleased && !isResting)
  }
}

/** The lanes, the model, and the operations that the batcher has been handed. */
class World {
  readonly model = new NaiveLanes()
  readonly handed = new Map<string, QueuedOperation>()
  /** What landed last, newest first. */
  landed: QueuedOperation[] = []
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
        this.#expire(at - step.patience)
        break
      case 'wake':
        this.#wake(at)
        break
      case 'revive':
      case 'requeue':
        this.#takeBack(step, at)
        break
      case 'restart':
        this.#restart(step.riding, at)
    }
  }

  check(): void {
    const { model, lanes, handed } = this
    agree(idsOf(handed.values()), idsOf(model.handed.map(({ operation }) => operation)))
    const resting = this.#of(({ isResting }) => isResting)
    agree(countWaiting(lanes), model.waiting.length + resting.length)
    const claimed = model.entries.flatMap(({ operation: { claims, id } }) =>
      claims.map((claim) => [claim, id]),
    )
    agree([...lanes.claims].map(String), claimed.map(String).toSorted())
    for (const leaf of ['a', 'b']) {
      const members = model.lane(leaf).map(({ operation }) => operation)
      agree(predecessors(lanes, leaf, 99), members)
      agree(lanes.lanes.get(leaf)?.next, model.next.get(leaf))
    }
  }

  #submit({ lane, claims, chainNonce: told }: Extract<Step, { type: 'submit' }>, at: number): void {
    const operation = op(this.#count++, { lane, claims })
    const chainNonce = lane === null ? null : told
    agree(refusal(this.lanes, operation, chainNonce), this.model.refuses(operation, chainNonce))
    if (this.model.refuses(operation, chainNonce) !== null) return
    this.model.entries.push({ operation, ...UNSEEN, since: at })
    const isBelow = lane !== null && lane.nonce < (this.model.next.get(lane.leaf) ?? 0)
    if (isBelow) this.model.next.set(lane.leaf, Math.max(this.model.landed.get(lane.leaf) ?? 0, told))
    else this.model.raise(lane?.leaf ?? null, chainNonce)
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

  #settle(step: Extract<Step, { type: 'end' | 'evict' }>, at: number): void {
    const entry = pick(this.model.handed, step.which)
    if (entry === undefined) return
    const { operation } = entry
    this.handed.delete(operation.id)
    if (step.type === 'evict') {
      this.#comeBack(entry, { type: 'Evicted', reason: step.reason, nextNonce: step.next }, at)
      return
    }
    if (step.fate === 'landed') this.landed = [operation, ...this.landed]
    this.#leave(entry, verdict(step.fate, nonceOf(entry)), at)
  }

  /** Whoever waited for too long is handed over out of turn. */
  #expire(deadline: number): void {
    for (const entry of this.model.waiting.filter(({ since }) => since < deadline)) {
      Object.assign(entry, { isOverdue: true, isReleased: true })
    }
    this.#apply(promoteOverdue(this.lanes, deadline))
  }

  #wake(at: number): void {
    for (const entry of this.model.entries) entry.isResting = false
    this.#apply(endBackOffs(this.lanes, at + PAUSE))
  }

  /** The newest block is orphaned: what landed last of each lane rides again, or waits for its turn. */
  #takeBack({ type, count }: Extract<Step, { type: 'revive' | 'requeue' }>, at: number): void {
    const { model } = this
    const isFree = ({ lane, claims }: QueuedOperation) =>
      model.refuses({ ...op(0), lane, claims }, null) !== 'duplicate_request_in_flight'
    const rides = type === 'revive'
    const revived: QueuedOperation[] = []
    for (const operation of this.landed.slice(0, count)) {
      if (!isFree(operation)) continue
      revived.push(operation)
      const { lane } = operation
      const isReleased = rides || lane === null
      model.entries.push({ operation, ...UNSEEN, isStored: true, isReleased, since: at })
      if (lane === null) continue
      model.next.set(lane.leaf, Math.min(model.next.get(lane.leaf) ?? lane.nonce, lane.nonce))
      model.landed.set(lane.leaf, 0)
    }
    this.landed = this.landed.slice(count)
    const leaves = new Set(revived.flatMap(({ lane }) => lane?.leaf ?? []))
    for (const leaf of leaves) model.release(leaf, at)
    if (!rides) {
      this.#apply(requeue(this.lanes, revived, at))
      return
    }
    const [lanes, { ready, withdrawn }] = revive(this.lanes, revived, at)
    for (const operation of revived) if (isRiding(model, operation)) this.handed.set(operation.id, operation)
    // That they leave the batcher's queue is said in any case.
    expect(withdrawn).toEqual(expect.arrayContaining(revived))
    this.#apply([lanes, { ready, withdrawn: withdrawn.filter((each) => !revived.includes(each)) }])
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
    for (const entry of model.entries) {
      const isReleased = isRiding(entry)
      Object.assign(entry, { ...UNSEEN, since: at, isStored: true, isReleased })
    }
    this.landed = []
    model.next.clear()
    model.landed.clear()
    for (const leaf of ['a', 'b']) {
      const [lowest] = model.lane(leaf)
      if (lowest !== undefined) model.next.set(leaf, nonceOf(lowest))
    }
    for (const leaf of ['a', 'b', null]) model.release(leaf, at)
    const operationsOf = (entries: readonly Entry[]) => entries.map(({ operation }) => operation)
    this.#apply(restore({ inBatches: operationsOf(onward), queued: operationsOf(queued) }, at))
  }

  #takeTurn(entry: Entry, at: number): void {
    entry.isStored = true
    this.model.release(leafOf(entry), at)
    this.#apply(stored(this.lanes, entry.operation.id, at))
  }

  #leave(entry: Entry, status: OpStatus | null, at: number): void {
    const leaf = leafOf(entry)
    this.model.remove(entry.operation)
    if (status?.type === 'Finalized') {
      this.model.raise(leaf, nonceOf(entry) + 1)
      if (leaf !== null) {
        this.model.landed.set(leaf, Math.max(this.model.landed.get(leaf) ?? 0, nonceOf(entry) + 1))
      }
    }
    if (status?.type === 'Failed' && status.reason.type === 'NonceTooLow') {
      this.model.raise(leaf, status.reason.expected)
    }
    this.model.release(leaf, at)
    this.#apply(removeOperation(this.lanes, entry.operation, status, at))
  }

  #comeBack(entry: Entry, eviction: Eviction, at: number): void {
    const { operation } = entry
    const { nextNonce, reason: cause } = eviction
    const leaf = leafOf(entry)
    entry.operation = { ...operation, tries: operation.tries + (cause === 'GasLimitExceeded' ? 1 : 0) }
    const wasOverdue = entry.isOverdue
    if (nextNonce !== null) entry.isOverdue = false
    if (leaf !== null && nextNonce !== null) this.model.correct(leaf, nextNonce)
    this.model.release(leaf, at)
    if (!entry.isReleased) entry.since = at
    const isBehindResting = this.model
      .lane(leaf ?? '')
      .some((other) => other.isResting && nonceOf(other) < nonceOf(entry))
    const mustRest = cause === 'Timeout' || (cause === 'DependencyNotReady' && isBehindResting)
    entry.isResting = mustRest && entry.isReleased
    const hasExpired = wasOverdue && nextNonce !== null && !entry.isReleased
    if (hasExpired) {
      this.model.remove(operation)
      this.model.release(leaf, at)
    }
    const [lanes, effects] = returnEvicted(this.lanes, operation, eviction, at)
    agree(effects.expected, hasExpired ? nextNonce : null)
    this.#apply([lanes, effects])
  }

  #apply([lanes, { ready, withdrawn }]: readonly [Lanes, LaneEffects]): void {
    this.lanes = lanes
    for (const { id } of withdrawn) agree(this.handed.delete(id), true)
    for (const operation of ready) {
      agree(this.handed.has(operation.id), false)
      this.handed.set(operation.id, operation)
    }
  }

  #of(condition: (entry: Entry) => boolean): Entry[] {
    return this.model.entries.filter(condition)
  }
}

/** An operation that is not on disk. */
const UNSEEN = { isStored: false, isReleased: false, isOverdue: false, isResting: false }

function isRiding(model: NaiveLanes, { id }: QueuedOperation): boolean {
  return model.handed.some(({ operation }) => operation.id === id)
}

function verdict(ended: 'landed' | 'failed' | 'tooLow', nonce: number): OpStatus {
  if (ended === 'landed') return { type: 'Finalized', txHash: hash('f'), blockNumber: 1, gasUsed: 1 }
  const isTooLow = ended === 'tooLow'
  const cause = isTooLow
    ? ({ type: 'NonceTooLow', expected: nonce + 2 } as const)
    : ({ type: 'InvalidSignature' } as const)
  return { type: 'Failed', reason: cause, txHash: null }
}

function idsOf(operations: Iterable<QueuedOperation>): string[] {
  return [...operations].map(({ id }) => id).toSorted()
}

describe('lanes after any sequence of events', () => {
  it('release, withdraw and refuse as a look through everything does', () => {
    playSequences(step, (steps) => {
      const world = new World()
      for (const [at, each] of steps.entries()) {
        world.take(each, at)
        world.check()
      }
    })
  })
})
