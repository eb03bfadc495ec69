/**
 * Lanes and claims: which operation's turn it is. Pure; the nonceTracker is its statechart.
 *
 * A lane is one account's sequence of operations by signature nonce (the registry counts per leaf index). An operation is
 * *released* when every nonce from the lane's next one up to its own is here: then it may be batched. A claim is a new
 * authenticator address that only one operation in flight may take. With both rules two batches in flight never touch the
 * same account or address, so they commute.
 *
 * Every function returns the new state and what follows from the change; nothing is mutated.
 */
import type { OperationId, QueuedOperation } from '../domain/operation.ts'
import type { Millis } from '../domain/primitives.ts'
import type { OpStatus } from '../domain/status.ts'
import { OrderedMap } from '../policy/orderedMap.ts'

/** Where an admitted operation is: on its way to disk, waiting for its turn, or handed to the batcher. */
type Phase = 'storing' | 'waiting' | 'released'

interface Member {
  readonly operation: QueuedOperation
  readonly phase: Phase
  /** Since when it has been waiting, for the lane's deadline. */
  readonly since: Millis
}

interface Lane {
  /** The nonce that the chain accepts next, as far as is known. */
  readonly next: number
  /** By ascending nonce. */
  readonly members: readonly Member[]
}

export interface Lanes {
  readonly lanes: OrderedMap<string, Lane>
  /** Who holds a claim. */
  readonly claims: OrderedMap<string, OperationId>
  /** Admitted operations that are not on disk yet. */
  readonly storing: OrderedMap<OperationId, QueuedOperation>
  /** Leaves of lanes in which somebody waits for an earlier nonce. */
  readonly gapped: OrderedMap<string, true>
}

/** What follows from a change. */
export interface LaneEffects {
  readonly ready: readonly QueuedOperation[]
  readonly withdrawn: readonly QueuedOperation[]
}

export type AdmissionRefusal = 'duplicate_request_in_flight' | 'mismatched_signature_nonce'

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

export const noLanes: Lanes = {
  lanes: OrderedMap.empty(byText),
  claims: OrderedMap.empty(byText),
  storing: OrderedMap.empty(byText),
  gapped: OrderedMap.empty(byText),
}

const nothing: LaneEffects = { ready: [], withdrawn: [] }

/**
 * Why an operation may not be let in, or null when it may.
 * @param chainNonce its lane's nonce on chain, as pre-flight saw it
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
  const next = Math.max(lane?.next ?? 0, chainNonce ?? 0)
  return position.nonce < next ? 'mismatched_signature_nonce' : null
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
  const { leaf } = operation.lane
  const lane = state.lanes.get(leaf) ?? { next: 0, members: [] }
  const members = insert(lane.members, { operation, phase: 'storing', since: at })
  return setLane(admitted, leaf, { next: Math.max(lane.next, chainNonce ?? 0), members })
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
  return advance(known, leaf, { ...lane, members }, at)
}

/**
 * Puts an operation back where it was before a restart: `released` when it rides in a batch, `storing` when it was queued.
 * What the chain accepts next is not known yet, so each lane is taken to go on from its lowest nonce; simulation corrects
 * that (see `comeBack`).
 */
export function restore(
  state: Lanes,
  operation: QueuedOperation,
  phase: 'storing' | 'released',
  at: Millis,
): Lanes {
  const restored = {
    ...state,
    claims: claim(state, operation),
    storing: phase === 'storing' ? state.storing.with(operation.id, operation) : state.storing,
  }
  if (operation.lane === null) return restored
  const { leaf, nonce } = operation.lane
  const lane = state.lanes.get(leaf) ?? { next: nonce, members: [] }
  const members = insert(lane.members, { operation, phase, since: at })
  return setLane(restored, leaf, { next: Math.min(lane.next, nonce), members })
}

/**
 * The operation is gone, landed or not: its place and claims are free.
 * @param next what its fate tells of the lane's next nonce; null when it tells nothing
 */
export function leave(
  state: Lanes,
  operation: QueuedOperation,
  next: number | null,
  at: Millis,
): readonly [Lanes, LaneEffects] {
  const freed = {
    ...state,
    claims: state.claims.withoutAll(heldBy(state, operation)),
    storing: state.storing.without(operation.id),
  }
  if (operation.lane === null) return [freed, nothing]
  const { leaf } = operation.lane
  const lane = state.lanes.get(leaf)
  if (lane === undefined) return [freed, nothing]
  const members = lane.members.filter((member) => member.operation.id !== operation.id)
  return advance(freed, leaf, { next: Math.max(lane.next, next ?? 0), members }, at)
}

/**
 * The operation came back from a batch without a verdict: it takes its old place again, with one more try.
 * @param next the lane's next nonce as simulation saw it, which corrects what was believed; null when it saw none
 */
export function comeBack(
  state: Lanes,
  operation: QueuedOperation,
  next: number | null,
  at: Millis,
): readonly [Lanes, LaneEffects] {
  const again = { ...operation, tries: operation.tries + 1 }
  if (operation.lane === null) return [state, { ready: [again], withdrawn: [] }]
  const { leaf } = operation.lane
  const lane = state.lanes.get(leaf)
  if (lane === undefined) return [state, nothing]
  const others = lane.members.filter((member) => member.operation.id !== operation.id)
  const member: Member = { operation: again, phase: 'waiting', since: at }
  return advance(state, leaf, { next: next ?? lane.next, members: insert(others, member) }, at)
}

/** What a verdict tells of the lane's next nonce; null when it tells nothing. */
export function nextAfter(operation: QueuedOperation, status: OpStatus): number | null {
  if (operation.lane === null) return null
  if (status.type === 'Finalized') return operation.lane.nonce + 1
  if (status.type === 'Failed' && status.reason.type === 'NonceTooLow') return status.reason.expected
  return null
}

/** Operations that have waited for an earlier nonce since before `deadline`. */
export function overdue(state: Lanes, deadline: Millis): readonly QueuedOperation[] {
  const late: QueuedOperation[] = []
  for (const [leaf] of state.gapped) {
    for (const member of state.lanes.get(leaf)?.members ?? []) {
      if (member.phase === 'waiting' && member.since < deadline) late.push(member.operation)
    }
  }
  return late
}

/** A lane's admitted operations before a nonce, in order: what a later one must be simulated after. */
export function predecessors(state: Lanes, leaf: string, nonce: number): readonly QueuedOperation[] {
  const members = state.lanes.get(leaf)?.members ?? []
  return members.filter((member) => nonceOf(member) < nonce).map((member) => member.operation)
}

/** How many operations wait for an earlier nonce. */
export function countWaiting(state: Lanes): number {
  let count = 0
  for (const [leaf] of state.gapped) {
    count += state.lanes.get(leaf)?.members.filter(({ phase }) => phase === 'waiting').length ?? 0
  }
  return count
}

/** Releases the run of consecutive nonces from the lane's next one on, and takes back what is no longer in it. */
function advance(state: Lanes, leaf: string, lane: Lane, at: Millis): readonly [Lanes, LaneEffects] {
  const ready: QueuedOperation[] = []
  const withdrawn: QueuedOperation[] = []
  let expected = lane.next
  let broken = false
  const members = lane.members.map((member): Member => {
    broken ||= nonceOf(member) > expected || member.phase === 'storing'
    if (broken) {
      if (member.phase !== 'released') return member
      withdrawn.push(member.operation)
      return { ...member, phase: 'waiting', since: at }
    }
    expected = Math.max(expected, nonceOf(member) + 1)
    if (member.phase === 'released') return member
    ready.push(member.operation)
    return { ...member, phase: 'released' }
  })
  return [setLane(state, leaf, { ...lane, members }), { ready, withdrawn }]
}

function setLane(state: Lanes, leaf: string, lane: Lane): Lanes {
  const hasGap = lane.members.some(({ phase }) => phase === 'waiting')
  const gapped = hasGap ? state.gapped.with(leaf, true) : state.gapped.without(leaf)
  const lanes = lane.members.length === 0 ? state.lanes.without(leaf) : state.lanes.with(leaf, lane)
  return { ...state, lanes, gapped }
}

function insert(members: readonly Member[], member: Member): readonly Member[] {
  return [...members, member].sort((a, b) => nonceOf(a) - nonceOf(b))
}

function nonceOf({ operation }: Member): number {
  return operation.lane?.nonce ?? 0
}

function claim(state: Lanes, operation: QueuedOperation): Lanes['claims'] {
  return state.claims.withAll(operation.claims.map((address) => [address, operation.id]))
}

function heldBy(state: Lanes, operation: QueuedOperation): readonly string[] {
  return operation.claims.filter((address) => state.claims.get(address) === operation.id)
}
