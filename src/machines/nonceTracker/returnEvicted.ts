/** Evicted operations return to their lanes: at once, after a back-off, behind a gap, or not at all. */
import type { QueuedOperation } from '../../domain/operation.ts'
import type { DurationMs, Millis } from '../../domain/primitives.ts'
import { isCharged, type OpStatus } from '../../domain/status.ts'
import { advance, insert, type LaneEffects, type Lanes, type Member, noEffects } from './laneState.ts'
import { predecessors, removeOperation } from './lanes.ts'

export type Eviction = Extract<OpStatus, { type: 'Evicted' }>

/** Effects of the return of an operation. */
export interface ReturnEffects extends LaneEffects {
  /** The chain's next nonce when the operation has left the lane with a too high nonce; else null. */
  readonly expected: number | null
}

/** Back-off of an operation without a decision in time. The next blocks decide. */
const BACK_OFF_MS: DurationMs = 1_000

/** What happens to an evicted operation. */
type Return =
  /** The lane has no operations: this operation left before. */
  | { readonly type: 'Ignored' }
  /** The opsBatcher receives the operation at once. */
  | { readonly type: 'Ready' }
  /** The opsBatcher receives the operation after a back-off. */
  | { readonly type: 'BackingOff' }
  /** An earlier nonce is missing: a new lane deadline starts. */
  | { readonly type: 'Waiting' }
  /** The lane deadline has passed, and the simulation saw that an earlier nonce is still missing. */
  | { readonly type: 'NonceTooHigh'; readonly expected: number }

/**
 * Returns an evicted operation to its lane. The account's next nonce, as the simulation saw it, replaces the lane's own.
 * @returns the new lanes, and what follows
 */
export function returnEvicted(
  state: Lanes,
  operation: QueuedOperation,
  eviction: Eviction,
  at: Millis,
): readonly [Lanes, ReturnEffects] {
  const returned = changedBy(operation, eviction)
  const placed = takePosition(state, returned, eviction, at)
  return applyReturn(placed, returned, decideReturn(state, placed, returned, eviction), at)
}

/** The operation with its tries and its limit after the eviction. A limit never rises. */
function changedBy(operation: QueuedOperation, eviction: Eviction): QueuedOperation {
  const tries = operation.tries + (isCharged(eviction) ? 1 : 0)
  const { batchLimit } = eviction
  if (batchLimit === undefined) return { ...operation, tries }
  return { ...operation, tries, batchLimit: Math.min(batchLimit, operation.batchLimit ?? batchLimit) }
}

/** The lanes with the operation back in position, before a decision. */
type Placed = readonly [Lanes, LaneEffects]

/**
 * An overdue operation stays promoted when the simulation saw no nonce: the promotion promises a decision by the chain.
 * @returns with the operation in `ready` when the opsBatcher may have the operation
 */
function takePosition(state: Lanes, operation: QueuedOperation, { nextNonce }: Eviction, at: Millis): Placed {
  if (operation.lane === null) return [state, { ready: [operation], withdrawn: [] }]
  const { leaf } = operation.lane
  const lane = state.lanes.get(leaf)
  if (lane === undefined) return [state, noEffects]
  const staysPromoted = isPromoted(state, operation) && nextNonce === null
  const others = lane.members.filter((member) => member.operation.id !== operation.id)
  const member: Member = { operation, phase: staysPromoted ? 'overdue' : 'waiting', since: at }
  const next = nextNonce ?? lane.next
  const consumedBelow = Math.min(lane.consumedBelow, next)
  const change = [leaf, { next, consumedBelow, members: insert(others, [member]) }] as const
  const [lanes, effects] = advance(state, [change], at)
  return [lanes, staysPromoted ? { ...effects, ready: [...effects.ready, operation] } : effects]
}

function decideReturn(
  before: Lanes,
  [lanes, { ready }]: Placed,
  operation: QueuedOperation,
  eviction: Eviction,
): Return {
  if (operation.lane !== null && !before.lanes.has(operation.lane.leaf)) return { type: 'Ignored' }
  if (ready.includes(operation)) {
    return { type: mustBackOff(lanes, operation, eviction) ? 'BackingOff' : 'Ready' }
  }
  const { nextNonce } = eviction
  if (isPromoted(before, operation) && nextNonce !== null) {
    return { type: 'NonceTooHigh', expected: nextNonce }
  }
  return { type: 'Waiting' }
}

function applyReturn(
  [lanes, effects]: Placed,
  operation: QueuedOperation,
  decision: Return,
  at: Millis,
): readonly [Lanes, ReturnEffects] {
  switch (decision.type) {
    case 'Ignored':
    case 'Ready':
    case 'Waiting':
      return [lanes, { ...effects, expected: null }]
    case 'BackingOff': {
      const backOff = { operation, until: at + BACK_OFF_MS }
      const backingOff = lanes.backingOff.with(operation.id, backOff)
      const ready = effects.ready.filter((each) => each !== operation)
      return [
        { ...lanes, backingOff },
        { ...effects, ready, expected: null },
      ]
    }
    case 'NonceTooHigh': {
      const [left] = removeOperation(lanes, operation, null, at)
      return [left, { ...effects, expected: decision.expected }]
    }
  }
}

/** True when the operation was handed to the opsBatcher although an earlier nonce was missing. */
function isPromoted(state: Lanes, { id, lane }: QueuedOperation): boolean {
  const members = lane === null ? [] : (state.lanes.get(lane.leaf)?.members ?? [])
  return members.find(({ operation }) => operation.id === id)?.phase === 'overdue'
}

/** A new batch would give an equal answer at once, because of the operation or of an earlier operation of the lane. */
function mustBackOff(state: Lanes, operation: QueuedOperation, { reason }: Eviction): boolean {
  return reason === 'Timeout' || (reason === 'DependencyNotReady' && followsBackOff(state, operation))
}

function followsBackOff(state: Lanes, { lane }: QueuedOperation): boolean {
  if (lane === null) return false
  return predecessors(state, lane.leaf, lane.nonce).some(({ id }) => state.backingOff.has(id))
}

/** Operations whose back-off is over are ready. */
export function endBackOffs(state: Lanes, at: Millis): readonly [Lanes, LaneEffects] {
  const ended = [...state.backingOff].filter(([, { until }]) => until <= at)
  if (ended.length === 0) return [state, noEffects]
  const backingOff = state.backingOff.withoutAll(ended.map(([id]) => id))
  return [
    { ...state, backingOff },
    { ready: ended.map(([, { operation }]) => operation), withdrawn: [] },
  ]
}
