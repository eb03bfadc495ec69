/**
 * Lanes and claims: which operation's turn it is. Pure; the nonceTracker is its statechart.
 *
 * A lane is one account's sequence of operations by signature nonce (the registry counts per leaf index). An operation is
 * *released* when every nonce from the lane's next one up to its own is here: then it may be batched. A claim is a new
 * authenticator address that only one operation in flight may take. With both rules two batches in flight never touch the
 * same account or address, so they commute.
 *
 * What a lane believes of the chain may be wrong: another gateway, or the account's owner, may have landed what is missing
 * here. So nothing fails by belief alone: an operation that has waited its whole time is released all the same, once, and
 * fails only when simulation says that its turn has still not come.
 *
 * Every function returns the new state and what follows from the change; nothing is mutated.
 */
import type { OperationId, QueuedOperation } from '../../domain/operation.ts'
import type { DurationMs, Millis } from '../../domain/primitives.ts'
import { isCharged, type OpStatus } from '../../domain/status.ts'
import {
  advance,
  byLeaf,
  insert,
  type LaneChange,
  type LaneEffects,
  type Lanes,
  type Member,
  mergeEffects,
  noLane,
  noLanes,
  nonceOf,
  nothing,
  setLane,
} from './laneState.ts'

/** What follows when an operation comes back. */
export interface ReturnEffects extends LaneEffects {
  /** What the chain expects, when it has left its lane instead: its time is over, and its turn has still not come. */
  readonly expected: number | null
}

export type Eviction = Extract<OpStatus, { type: 'Evicted' }>

export type AdmissionRefusal = 'duplicate_request_in_flight' | 'mismatched_signature_nonce'

/** Pause of an operation that was not decided in time. What decides it comes with the next blocks. */
const REST_MS: DurationMs = 1_000

/**
 * Why an operation may not be let in, or null when it may. What the lane believes refuses nothing that its own pre-flight
 * saw the chain accept: it may fill a real gap.
 * @param chainNonce its lane's nonce on chain, as pre-flight saw it; null when it saw none
 */
export function refusal(
  state: Lanes,
  operation: Pick<QueuedOperation, 'lane' | 'claims'>,
  chainNonce: number | null,
): AdmissionRefusal | null {
  const { lane: position, claims } = operation
  if (claims.some((address) => state.claims.has(address))) return 'duplicate_request_in_flight'
  if (position === null) return null
  const lane = state.lanes.get(position.leaf)
  if (lane?.members.some((member) => nonceOf(member) === position.nonce)) return 'duplicate_request_in_flight'
  const { next, landed } = lane ?? noLane
  const accepted = chainNonce === null ? next : Math.max(landed, chainNonce)
  return position.nonce < accepted ? 'mismatched_signature_nonce' : null
}

/** Lets an operation in, its place and claims taken, on its way to disk. */
export function admit(
  state: Lanes,
  operation: QueuedOperation,
  chainNonce: number | null,
  at: Millis,
): Lanes {
  const admitted = {
    ...state,
    claims: claim(state, operation),
    storing: state.storing.with(operation.id, operation),
  }
  if (operation.lane === null) return admitted
  const { leaf, nonce } = operation.lane
  const lane = state.lanes.get(leaf) ?? noLane
  const told = Math.max(lane.landed, chainNonce ?? 0)
  // Below the belief it was let in by the chain's own word, which then holds.
  const next = nonce < lane.next ? told : Math.max(lane.next, told)
  const members = insert(lane.members, [{ operation, phase: 'storing', since: at }])
  return setLane(admitted, leaf, { ...lane, next, members })
}

/** The operation is on disk: its turn may have come. */
export function stored(state: Lanes, id: OperationId, at: Millis): readonly [Lanes, LaneEffects] {
  const operation = state.storing.get(id)
  if (operation === undefined) return [state, nothing]
  const known = { ...state, storing: state.storing.without(id) }
  if (operation.lane === null) return [known, { ready: [operation], withdrawn: [] }]
  const { leaf } = operation.lane
  const lane = state.lanes.get(leaf)
  if (lane === undefined) return [known, nothing]
  const members = lane.members.map((member) =>
    member.operation.id === id ? { ...member, phase: 'waiting' as const } : member,
  )
  return advance(known, [[leaf, { ...lane, members }]], at)
}

/**
 * Lanes and claims as they were before a restart. What the chain accepts next is not known yet, so each lane is taken to go
 * on from its lowest nonce; simulation corrects that (see `comeBack`). A queue may be long: each map is made once.
 * @param riding operations of batches that go on
 * @param queued all others, in order of admission
 */
export function restore(
  {
    riding,
    queued,
  }: { readonly riding: readonly QueuedOperation[]; readonly queued: readonly QueuedOperation[] },
  at: Millis,
): readonly [Lanes, LaneEffects] {
  const operations = [...riding, ...queued]
  const claims = noLanes.claims.withAll(
    operations.flatMap(({ id, claims: held }) => held.map((address) => [address, id] as const)),
  )
  const onward = new Set(riding)
  const lanes = [...byLeaf(operations)].map(([leaf, own]): LaneChange => {
    const members = own.map((operation): Member => {
      return { operation, phase: onward.has(operation) ? 'released' : 'waiting', since: at }
    })
    return [leaf, { ...noLane, next: Math.min(...members.map(nonceOf)), members: insert([], members) }]
  })
  const [restored, effects] = advance({ ...noLanes, claims }, lanes, at)
  const free = queued.filter(({ lane }) => lane === null)
  const ready = [...free, ...effects.ready].sort((a, b) => a.sequence - b.sequence)
  return [restored, { ...effects, ready }]
}

/**
 * The block in which the operations ended was orphaned: they ride in their batch again, with their places and claims. The
 * lanes go back to the lowest of them; of one that is in its lane already there is no second copy.
 */
export function revive(
  state: Lanes,
  operations: readonly QueuedOperation[],
  at: Millis,
): readonly [Lanes, LaneEffects] {
  const resting = state.resting.withoutAll(operations.map(({ id }) => id))
  const [revived, effects] = claimPositions({ ...state, resting }, operations, 'released', at)
  // They ride: should one of them be in the batcher's queue as well, it has to leave that.
  return [revived, mergeEffects([{ ready: [], withdrawn: operations }, effects])]
}

/** What follows when operations that had ended wait again: which of them do. */
export interface RequeueEffects extends LaneEffects {
  readonly requeued: readonly QueuedOperation[]
}

/**
 * The block that the operations' ends stood on was orphaned, and they were in no transaction: they wait for their turns
 * again. One whose nonce or claim somebody else has by now does not: its user has sent another in its place.
 */
export function requeue(
  state: Lanes,
  operations: readonly QueuedOperation[],
  at: Millis,
): readonly [Lanes, RequeueEffects] {
  let taken = state
  const requeued: QueuedOperation[] = []
  // The newest first: of two with one nonce it is what their user wants.
  for (const operation of operations.toReversed()) {
    if (refusal(taken, operation, 0) === 'duplicate_request_in_flight') continue
    requeued.push(operation)
    taken = claimPositions(taken, [operation], 'waiting', at)[0]
  }
  // Anew and all at once: in which order they are told must not release one before what comes before it.
  const [lanes, effects] = claimPositions(state, requeued, 'waiting', at)
  const free = requeued.filter(({ lane }) => lane === null)
  return [lanes, { ...mergeEffects([{ ready: free, withdrawn: [] }, effects]), requeued }]
}

/** Operations that had left take their places and claims again. */
function claimPositions(
  state: Lanes,
  operations: readonly QueuedOperation[],
  phase: Member['phase'],
  at: Millis,
): readonly [Lanes, LaneEffects] {
  let taken = state
  const leaves = new Set<string>()
  for (const operation of operations) {
    taken = { ...taken, claims: claim(taken, operation) }
    if (operation.lane === null) continue
    const { leaf, nonce } = operation.lane
    const lane = taken.lanes.get(leaf) ?? { ...noLane, next: nonce }
    const others = lane.members.filter((member) => member.operation.id !== operation.id)
    const members = insert(others, [{ operation, phase, since: at }])
    // What had landed before them may be orphaned as well.
    taken = setLane(taken, leaf, { next: Math.min(lane.next, nonce), landed: 0, members })
    leaves.add(leaf)
  }
  const changes = [...leaves].map((leaf): LaneChange => [leaf, taken.lanes.get(leaf) ?? noLane])
  return advance(taken, changes, at)
}

/**
 * The operation is gone, landed or not: its place and claims are free.
 * @param status its fate, which may tell how far the lane is; null when it never had one
 */
export function leave(
  state: Lanes,
  operation: QueuedOperation,
  status: OpStatus | null,
  at: Millis,
): readonly [Lanes, LaneEffects] {
  const freed = {
    ...state,
    claims: state.claims.withoutAll(heldBy(state, operation)),
    storing: state.storing.without(operation.id),
    resting: state.resting.without(operation.id),
  }
  if (operation.lane === null) return [freed, nothing]
  const { leaf } = operation.lane
  const lane = state.lanes.get(leaf)
  if (lane === undefined) return [freed, nothing]
  const members = lane.members.filter((member) => member.operation.id !== operation.id)
  const told = nextAfter(operation, status) ?? 0
  const landed = status?.type === 'Finalized' ? Math.max(lane.landed, told) : lane.landed
  return advance(freed, [[leaf, { next: Math.max(lane.next, told), landed, members }]], at)
}

/**
 * The operation came back from a batch without a verdict: it takes its old place again. What simulation saw as the lane's
 * next nonce corrects what was believed. When it had waited its whole time before, and its turn has still not come by what
 * simulation saw, it leaves its lane.
 */
export function comeBack(
  state: Lanes,
  operation: QueuedOperation,
  eviction: Eviction,
  at: Millis,
): readonly [Lanes, ReturnEffects] {
  const again = { ...operation, tries: operation.tries + (isCharged(eviction) ? 1 : 0) }
  if (operation.lane === null) return rest(state, again, eviction, { ready: [again], withdrawn: [] }, at)
  const { leaf } = operation.lane
  const lane = state.lanes.get(leaf)
  if (lane === undefined) return [state, { ...nothing, expected: null }]
  const { nextNonce } = eviction
  const place = lane.members.find((member) => member.operation.id === operation.id)
  const others = lane.members.filter((member) => member !== place)
  // Without a word of the chain's an operation that was released out of turn is owed another try.
  const isOwed = place?.phase === 'overdue' && nextNonce === null
  const member: Member = { operation: again, phase: isOwed ? 'overdue' : 'waiting', since: at }
  const next = nextNonce ?? lane.next
  const corrected = { next, landed: Math.min(lane.landed, next), members: insert(others, [member]) }
  const [advanced, effects] = advance(state, [[leaf, corrected]], at)
  if (isOwed) return rest(advanced, again, eviction, { ...effects, ready: [...effects.ready, again] }, at)
  if (place?.phase !== 'overdue' || effects.ready.includes(again)) {
    return rest(advanced, again, eviction, effects, at)
  }
  const [left] = leave(advanced, again, null, at)
  return [left, { ...effects, expected: nextNonce }]
}

/** An operation that was not decided in time pauses, although it is ready; and so does one that depends on such a one. */
function rest(
  state: Lanes,
  operation: QueuedOperation,
  { reason }: Eviction,
  effects: LaneEffects,
  at: Millis,
): readonly [Lanes, ReturnEffects] {
  const mustRest =
    reason === 'Timeout' || (reason === 'DependencyNotReady' && followsResting(state, operation))
  if (!mustRest || !effects.ready.includes(operation)) {
    return [state, { ...effects, expected: null }]
  }
  const resting = state.resting.with(operation.id, { operation, until: at + REST_MS })
  const ready = effects.ready.filter((each) => each !== operation)
  return [
    { ...state, resting },
    { ...effects, ready, expected: null },
  ]
}

function followsResting(state: Lanes, { lane }: QueuedOperation): boolean {
  if (lane === null) return false
  return predecessors(state, lane.leaf, lane.nonce).some(({ id }) => state.resting.has(id))
}

/** Those whose pause is over are ready. */
export function wake(state: Lanes, at: Millis): readonly [Lanes, LaneEffects] {
  const rested = [...state.resting].filter(([, { until }]) => until <= at)
  if (rested.length === 0) return [state, nothing]
  const resting = state.resting.withoutAll(rested.map(([id]) => id))
  return [
    { ...state, resting },
    { ready: rested.map(([, { operation }]) => operation), withdrawn: [] },
  ]
}

/** What a verdict tells of the lane's next nonce; null when it tells nothing. */
function nextAfter(operation: QueuedOperation, status: OpStatus | null): number | null {
  if (operation.lane === null || status === null) return null
  if (status.type === 'Finalized') return operation.lane.nonce + 1
  if (status.type === 'Failed' && status.reason.type === 'NonceTooLow') return status.reason.expected
  return null
}

/** Releases, out of their turn, those that have waited for an earlier nonce since before `deadline`: the chain decides. */
export function releaseOverdue(state: Lanes, deadline: Millis): readonly [Lanes, LaneEffects] {
  let released = state
  const ready: QueuedOperation[] = []
  for (const [leaf] of state.gapped) {
    const lane = state.lanes.get(leaf)
    if (lane === undefined) continue
    const isLate = ({ phase, since }: Member) => phase === 'waiting' && since < deadline
    const late = lane.members.filter(isLate)
    if (late.length === 0) continue
    const members = lane.members.map(
      (member): Member => (isLate(member) ? { ...member, phase: 'overdue' } : member),
    )
    released = setLane(released, leaf, { ...lane, members })
    ready.push(...late.map(({ operation }) => operation))
  }
  return [released, { ready, withdrawn: [] }]
}

/** A lane's admitted operations before a nonce, in order: what a later one must be simulated after. */
export function predecessors(state: Lanes, leaf: string, nonce: number): readonly QueuedOperation[] {
  const members = state.lanes.get(leaf)?.members ?? []
  return members.filter((member) => nonceOf(member) < nonce).map((member) => member.operation)
}

/** How many operations wait for an earlier nonce, or pause. */
export function countWaiting({ waiting, resting }: Lanes): number {
  return waiting + resting.size
}

function claim(state: Lanes, operation: QueuedOperation): Lanes['claims'] {
  return state.claims.withAll(operation.claims.map((address) => [address, operation.id]))
}

function heldBy(state: Lanes, operation: QueuedOperation): readonly string[] {
  return operation.claims.filter((address) => state.claims.get(address) === operation.id)
}
