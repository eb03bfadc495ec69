/** A model of lanes and claims: a plain list, searched on each call. */
import type { QueuedOperation } from '../../../src/domain/operation.ts'

/** An admitted operation. */
export interface Entry {
  operation: QueuedOperation
  isStored: boolean
  isReady: boolean
  /** Ready because of the lane deadline, despite a gap. */
  isOverdue: boolean
  isBackingOff: boolean
  since: number
}

export const leafOf = ({ operation }: Entry) => operation.lane?.leaf ?? null
export const nonceOf = ({ operation }: Entry) => operation.lane?.nonce ?? -1

/** The state of an operation that is not on disk. */
export const NOT_STORED = { isStored: false, isReady: false, isOverdue: false, isBackingOff: false }

/** All operations in a single list, and the next nonce of each lane. */
export class NaiveLanes {
  entries: Entry[] = []
  readonly next = new Map<string, number>()
  /** The lowest nonce that a lane with operations admits. All lower nonces are consumed. */
  readonly lowest = new Map<string, number>()

  refuses({ lane, claims }: QueuedOperation, chainNonce: number | null): string | null {
    const taken = this.entries.flatMap((entry) => entry.operation.claims)
    if (claims.some((claim) => taken.includes(claim))) return 'duplicate_request_in_flight'
    if (lane === null) return null
    const rivals = this.lane(lane.leaf)
    if (rivals.some((entry) => nonceOf(entry) === lane.nonce)) return 'duplicate_request_in_flight'
    const expected = Math.max(this.lowest.get(lane.leaf) ?? 0, chainNonce ?? 0)
    return lane.nonce < expected ? 'mismatched_signature_nonce' : null
  }

  lane(leaf: string): Entry[] {
    return this.entries.filter((entry) => leafOf(entry) === leaf).sort((a, b) => nonceOf(a) - nonceOf(b))
  }

  remove(operation: QueuedOperation): void {
    this.entries = this.entries.filter((entry) => entry.operation.id !== operation.id)
  }

  raise(leaf: string | null, chainNonce: number | null): void {
    if (leaf !== null) this.next.set(leaf, Math.max(this.next.get(leaf) ?? 0, chainNonce ?? 0))
  }

  /** A simulation saw the chain nonce. It replaces the next nonce, even by a lower value. */
  correct(leaf: string, chainNonce: number): void {
    this.next.set(leaf, chainNonce)
    this.lowest.set(leaf, Math.min(this.lowest.get(leaf) ?? 0, chainNonce))
  }

  /** An operation is ready if the lane holds all nonces from the next nonce up to the operation, all on disk. */
  updateReady(leaf: string | null, at: number): void {
    const entries = leaf === null ? this.entries.filter((entry) => leafOf(entry) === null) : this.lane(leaf)
    const start = this.next.get(leaf ?? '') ?? 0
    for (const entry of entries) {
      const before = entries.filter((other) => nonceOf(other) <= nonceOf(entry))
      const required = Array.from(
        { length: Math.max(0, nonceOf(entry) - start) },
        (_, index) => start + index,
      )
      const isComplete = required.every((nonce) => before.some((other) => nonceOf(other) === nonce))
      const isNext =
        entry.isStored && (leaf === null || (isComplete && before.every((each) => each.isStored)))
      if (isNext) entry.isOverdue = false
      if (entry.isReady && !isNext && !entry.isOverdue) {
        entry.since = at
        entry.isBackingOff = false
      }
      entry.isReady = isNext || entry.isOverdue
    }
    if (leaf !== null && entries.length === 0) {
      this.next.delete(leaf)
      this.lowest.delete(leaf)
    }
  }

  get waiting(): Entry[] {
    return this.entries.filter(({ isStored, isReady }) => isStored && !isReady)
  }

  get atBatcher(): Entry[] {
    return this.entries.filter(({ isReady, isBackingOff }) => isReady && !isBackingOff)
  }
}
