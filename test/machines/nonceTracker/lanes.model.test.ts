/** Lanes and claims after any sequence of events, compared with a model in a plain list. */
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
import { type Step, step } from './laneSteps.ts'
import { type Entry, leafOf, NaiveLanes, NOT_STORED, nonceOf } from './naiveLanes.ts'

/** Length of a back-off in steps. It is longer than the test. */
const BACK_OFF = 1_000

/** The lanes, the model, and the operations at the opsBatcher. */
class World {
  readonly model = new NaiveLanes()
  readonly atBatcher = new Map<string, QueuedOperation>()
  /** Finalized operations, newest first. */
  finalized: QueuedOperation[] = []
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
      case 'promote':
        this.#promote(at - step.age)
        break
      case 'endBackOff':
        this.#endBackOff(at)
        break
      case 'revive':
      case 'requeue':
        this.#reclaim(step, at)
        break
      case 'restart':
        this.#restart(step.inBatches, at)
    }
  }

  check(): void {
    const { model, lanes, atBatcher } = this
    agree(idsOf(atBatcher.values()), idsOf(model.atBatcher.map(({ operation }) => operation)))
    const backingOff = this.#of(({ isBackingOff }) => isBackingOff)
    agree(countWaiting(lanes), model.waiting.length + backingOff.length)
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
    this.model.entries.push({ operation, ...NOT_STORED, since: at })
    const isBelow = lane !== null && lane.nonce < (this.model.next.get(lane.leaf) ?? 0)
    if (isBelow) this.model.next.set(lane.leaf, Math.max(this.model.lowest.get(lane.leaf) ?? 0, told))
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
    else this.#markStored(entry, at)
  }

  #settle(step: Extract<Step, { type: 'end' | 'evict' }>, at: number): void {
    const entry = pick(this.model.atBatcher, step.which)
    if (entry === undefined) return
    const { operation } = entry
    this.atBatcher.delete(operation.id)
    if (step.type === 'evict') {
      this.#returnEvicted(entry, { type: 'Evicted', reason: step.reason, nextNonce: step.next }, at)
      return
    }
    if (step.verdict === 'finalized') this.finalized = [operation, ...this.finalized]
    this.#leave(entry, statusOf(step.verdict, nonceOf(entry)), at)
  }

  /** At the lane deadline an operation is ready despite a gap. */
  #promote(deadline: number): void {
    for (const entry of this.model.waiting.filter(({ since }) => since < deadline)) {
      Object.assign(entry, { isOverdue: true, isReady: true })
    }
    this.#apply(promoteOverdue(this.lanes, deadline))
  }

  #endBackOff(at: number): void {
    for (const entry of this.model.entries) entry.isBackingOff = false
    this.#apply(endBackOffs(this.lanes, at + BACK_OFF))
  }

  /** The newest block is orphaned. Finalized operations return to a batch (revive) or to the lane (requeue). */
  #reclaim({ type, count }: Extract<Step, { type: 'revive' | 'requeue' }>, at: number): void {
    const { model } = this
    const hasNoConflict = ({ lane, claims }: QueuedOperation) =>
      model.refuses({ ...op(0), lane, claims }, null) !== 'duplicate_request_in_flight'
    const isRevived = type === 'revive'
    const revived: QueuedOperation[] = []
    for (const operation of this.finalized.slice(0, count)) {
      if (!hasNoConflict(operation)) continue
      revived.push(operation)
      const { lane } = operation
      const isReady = isRevived || lane === null
      model.entries.push({ operation, ...NOT_STORED, isStored: true, isReady, since: at })
      if (lane === null) continue
      model.next.set(lane.leaf, Math.min(model.next.get(lane.leaf) ?? lane.nonce, lane.nonce))
      model.lowest.set(lane.leaf, 0)
    }
    this.finalized = this.finalized.slice(count)
    const leaves = new Set(revived.flatMap(({ lane }) => lane?.leaf ?? []))
    for (const leaf of leaves) model.updateReady(leaf, at)
    if (!isRevived) {
      this.#apply(requeue(this.lanes, revived, at))
      return
    }
    const [lanes, { ready, withdrawn }] = revive(this.lanes, revived, at)
    for (const operation of revived)
      if (isInBatch(model, operation)) this.atBatcher.set(operation.id, operation)
    // Revived operations are withdrawn even if the opsBatcher did not hold them.
    expect(withdrawn).toEqual(expect.arrayContaining(revived))
    this.#apply([lanes, { ready, withdrawn: withdrawn.filter((each) => !revived.includes(each)) }])
  }

  /** Unstored operations are lost. Per lane, up to `inBatches` ready operations stay in batches; the rest is queued. */
  #restart(inBatches: number, at: number): void {
    const { model } = this
    model.entries = this.#of(({ isStored }) => isStored)
    const first = ['a', 'b'].flatMap((leaf) => model.lane(leaf).slice(0, inBatches))
    const isInBatch = (entry: Entry) => entry.isReady && first.includes(entry)
    const [inFlight, queued] = [
      model.entries.filter(isInBatch),
      model.entries.filter((entry) => !isInBatch(entry)),
    ]

    this.atBatcher.clear()
    for (const { operation } of inFlight) this.atBatcher.set(operation.id, operation)
    for (const entry of model.entries) {
      const isReady = isInBatch(entry)
      Object.assign(entry, { ...NOT_STORED, since: at, isStored: true, isReady })
    }
    this.finalized = []
    model.next.clear()
    model.lowest.clear()
    for (const leaf of ['a', 'b']) {
      const [lowest] = model.lane(leaf)
      if (lowest !== undefined) model.next.set(leaf, nonceOf(lowest))
    }
    for (const leaf of ['a', 'b', null]) model.updateReady(leaf, at)
    const operationsOf = (entries: readonly Entry[]) => entries.map(({ operation }) => operation)
    this.#apply(restore({ inBatches: operationsOf(inFlight), queued: operationsOf(queued) }, at))
  }

  #markStored(entry: Entry, at: number): void {
    entry.isStored = true
    this.model.updateReady(leafOf(entry), at)
    this.#apply(stored(this.lanes, entry.operation.id, at))
  }

  #leave(entry: Entry, status: OpStatus | null, at: number): void {
    const leaf = leafOf(entry)
    this.model.remove(entry.operation)
    if (status?.type === 'Finalized') {
      this.model.raise(leaf, nonceOf(entry) + 1)
      if (leaf !== null) {
        this.model.lowest.set(leaf, Math.max(this.model.lowest.get(leaf) ?? 0, nonceOf(entry) + 1))
      }
    }
    if (status?.type === 'Failed' && status.reason.type === 'NonceTooLow') {
      this.model.raise(leaf, status.reason.expected)
    }
    this.model.updateReady(leaf, at)
    this.#apply(removeOperation(this.lanes, entry.operation, status, at))
  }

  #returnEvicted(entry: Entry, eviction: Eviction, at: number): void {
    const { operation } = entry
    const { nextNonce, reason: cause } = eviction
    const leaf = leafOf(entry)
    entry.operation = { ...operation, tries: operation.tries + (cause === 'GasLimitExceeded' ? 1 : 0) }
    const wasOverdue = entry.isOverdue
    if (nextNonce !== null) entry.isOverdue = false
    if (leaf !== null && nextNonce !== null) this.model.correct(leaf, nextNonce)
    this.model.updateReady(leaf, at)
    if (!entry.isReady) entry.since = at
    const isBehindBackOff = this.model
      .lane(leaf ?? '')
      .some((other) => other.isBackingOff && nonceOf(other) < nonceOf(entry))
    const mustBackOff = cause === 'Timeout' || (cause === 'DependencyNotReady' && isBehindBackOff)
    entry.isBackingOff = mustBackOff && entry.isReady
    const leavesLane = wasOverdue && nextNonce !== null && !entry.isReady
    if (leavesLane) {
      this.model.remove(operation)
      this.model.updateReady(leaf, at)
    }
    const [lanes, effects] = returnEvicted(this.lanes, operation, eviction, at)
    agree(effects.expected, leavesLane ? nextNonce : null)
    this.#apply([lanes, effects])
  }

  #apply([lanes, { ready, withdrawn }]: readonly [Lanes, LaneEffects]): void {
    this.lanes = lanes
    for (const { id } of withdrawn) agree(this.atBatcher.delete(id), true)
    for (const operation of ready) {
      agree(this.atBatcher.has(operation.id), false)
      this.atBatcher.set(operation.id, operation)
    }
  }

  #of(condition: (entry: Entry) => boolean): Entry[] {
    return this.model.entries.filter(condition)
  }
}

function isInBatch(model: NaiveLanes, { id }: QueuedOperation): boolean {
  return model.atBatcher.some(({ operation }) => operation.id === id)
}

function statusOf(verdict: 'finalized' | 'failed' | 'tooLow', nonce: number): OpStatus {
  if (verdict === 'finalized') return { type: 'Finalized', txHash: hash('f'), blockNumber: 1, gasUsed: 1 }
  const isTooLow = verdict === 'tooLow'
  const cause = isTooLow
    ? ({ type: 'NonceTooLow', expected: nonce + 2 } as const)
    : ({ type: 'InvalidSignature' } as const)
  return { type: 'Failed', reason: cause, txHash: null }
}

function idsOf(operations: Iterable<QueuedOperation>): string[] {
  return [...operations].map(({ id }) => id).toSorted()
}

describe('lanes after any sequence of events', () => {
  it('ready, withdraw and refuse the operations that a search through the list finds', () => {
    playSequences(step, (steps) => {
      const world = new World()
      for (const [at, each] of steps.entries()) {
        world.take(each, at)
        world.check()
      }
    })
  })
})
