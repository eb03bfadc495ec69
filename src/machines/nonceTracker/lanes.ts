/**
 * Lanes and claims: the rules of admission, of readiness and of leaving. Pure; `nonceTracker.ts` is the statechart.
 *
 * A lane is the nonce sequence of one account (the registry counts per leaf index). An operation is *ready* when every
 * nonce from the lane's next nonce up to the operation's nonce is ready or in a batch. A claim is an authenticator
 * address reserved for one operation in flight. Two batches in flight share neither an account nor a claimed address,
 * so batches commute.
 *
 * The gateway's view of a lane may be wrong, because the owner of the account or another gateway may have filled a gap.
 * Therefore a missing nonce alone fails no operation. At the lane deadline an operation is promoted once in spite of
 * the gap, and the simulation decides.
 *
 * Every function returns the new state and the changes for the opsBatcher. Nothing is mutated.
 */
import type { OperationId, QueuedOperation } from '../../domain/operation.ts'
import type { Millis } from '../../domain/primitives.ts'
import type { OpStatus } from '../../domain/status.ts'
import {
  advance,
  claimsHeldBy,
  insert,
  type LaneEffects,
  type Lanes,
  type Member,
  noEffects,
  noLane,
  nonceOf,
  setLane,
  takeClaims,
} from './laneState.ts'
import { removeUnsettled } from './unsettled.ts'

export type AdmissionRefusal = 'duplicate_request_in_flight' | 'mismatched_signature_nonce'

/** What one operation in flight keeps from others: its position, or the whole lane of its account. */
export type Reserved = 'position' | 'lane'

/** The operation in flight that reserves what an operation needs, or holds one of its claims; null if there is none. */
export function holderOf(
  state: Lanes,
  { lane: position, claims }: Pick<QueuedOperation, 'lane' | 'claims'>,
  reserved: Reserved,
): OperationId | null {
  const claimed = claims.find((address) => state.claims.has(address))
  if (claimed !== undefined) return state.claims.get(claimed) ?? null
  if (position === null) return null
  const members = state.lanes.get(position.leaf)?.members ?? []
  const holder = members.find((member) => reserved === 'lane' || nonceOf(member) === position.nonce)
  return holder?.operation.id ?? null
}

/**
 * Why an operation is refused; null when the operation may be admitted. A nonce that the pre-flight saw the chain accept is
 * not refused, even below the lane's next nonce: the operation may fill a real gap.
 * @param chainNonce the lane's nonce on chain at the pre-flight; null when the pre-flight saw none
 */
export function refusal(
  state: Lanes,
  operation: Pick<QueuedOperation, 'lane' | 'claims'>,
  chainNonce: number | null,
): AdmissionRefusal | null {
  if (holderOf(state, operation, 'position') !== null) return 'duplicate_request_in_flight'
  const { lane: position } = operation
  if (position === null) return null
  const { next, consumedBelow } = state.lanes.get(position.leaf) ?? noLane
  const accepted = chainNonce === null ? next : Math.max(consumedBelow, chainNonce)
  return position.nonce < accepted ? 'mismatched_signature_nonce' : null
}

/** Admits an operation not yet on disk: the operation takes the position and the claims. */
export function admit(
  state: Lanes,
  operation: QueuedOperation,
  chainNonce: number | null,
  at: Millis,
): Lanes {
  const admitted = {
    ...takeClaims(state, operation),
    storing: state.storing.with(operation.id, operation),
  }
  if (operation.lane === null) return admitted
  const { leaf, nonce } = operation.lane
  const lane = state.lanes.get(leaf) ?? noLane
  const told = Math.max(lane.consumedBelow, chainNonce ?? 0)
  // An operation below the lane's next nonce was admitted by the chain's nonce: the lane goes back to the chain's
  // nonce.
  const next = nonce < lane.next ? told : Math.max(lane.next, told)
  const members = insert(lane.members, [{ operation, phase: 'storing', since: at }])
  return setLane(admitted, leaf, { ...lane, next, members })
}

/** The operation is on disk: it may be ready. */
export function stored(state: Lanes, id: OperationId, at: Millis): readonly [Lanes, LaneEffects] {
  const operation = state.storing.get(id)
  if (operation === undefined) return [state, noEffects]
  if (operation.isSettled) return removeOperation(state, operation, null, at)
  const known = { ...state, storing: state.storing.without(id) }
  if (operation.lane === null) return [known, { ready: [operation], withdrawn: [] }]
  const { leaf } = operation.lane
  const lane = state.lanes.get(leaf)
  if (lane === undefined) return [known, noEffects]
  const members = lane.members.map((member) =>
    member.operation.id === id ? { ...member, phase: 'waiting' as const } : member,
  )
  return advance(known, [[leaf, { ...lane, members }]], at)
}

/**
 * The operation has a verdict, or was not stored. Its position and its claims become free.
 * @param status the verdict. A verdict may raise the lane's next nonce; null without a verdict
 */
export function removeOperation(
  state: Lanes,
  operation: QueuedOperation,
  status: OpStatus | null,
  at: Millis,
): readonly [Lanes, LaneEffects] {
  const freed = {
    ...state,
    claims: state.claims.withoutAll(claimsHeldBy(state, operation)),
    unsettled: removeUnsettled(state.unsettled, operation),
    storing: state.storing.without(operation.id),
    backingOff: state.backingOff.without(operation.id),
  }
  if (operation.lane === null) return [freed, noEffects]
  const { leaf } = operation.lane
  const lane = state.lanes.get(leaf)
  if (lane === undefined) return [freed, noEffects]
  const members = lane.members.filter((member) => member.operation.id !== operation.id)
  const told = nextAfter(operation, status) ?? 0
  const consumedBelow = status?.type === 'Finalized' ? Math.max(lane.consumedBelow, told) : lane.consumedBelow
  return advance(freed, [[leaf, { next: Math.max(lane.next, told), consumedBelow, members }]], at)
}

/** The lane's next nonce according to a verdict; null when the verdict does not tell. */
function nextAfter(operation: QueuedOperation, status: OpStatus | null): number | null {
  if (operation.lane === null || status === null) return null
  if (status.type === 'Finalized') return operation.lane.nonce + 1
  if (status.type === 'Failed' && status.reason.type === 'NonceTooLow') return status.reason.expected
  return null
}

/**
 * Promotes operations whose lane deadline has passed: the opsBatcher receives each overdue operation in spite of the
 * gap.
 * @param deadline an operation with an earlier start of waiting is overdue
 */
export function promoteOverdue(state: Lanes, deadline: Millis): readonly [Lanes, LaneEffects] {
  let promoted = state
  const ready: QueuedOperation[] = []
  for (const [leaf] of state.gapped) {
    const lane = state.lanes.get(leaf)
    if (lane === undefined) continue
    const isOverdue = ({ phase, since }: Member) => phase === 'waiting' && since < deadline
    const overdue = lane.members.filter(isOverdue)
    if (overdue.length === 0) continue
    const members = lane.members.map(
      (member): Member => (isOverdue(member) ? { ...member, phase: 'overdue' } : member),
    )
    promoted = setLane(promoted, leaf, { ...lane, members })
    ready.push(...overdue.map(({ operation }) => operation))
  }
  return [promoted, { ready, withdrawn: [] }]
}

/** A lane's operations before a nonce, in order: a later operation must be simulated after the predecessors. */
export function predecessors(state: Lanes, leaf: string, nonce: number): readonly QueuedOperation[] {
  const members = state.lanes.get(leaf)?.members ?? []
  return members.filter((member) => nonceOf(member) < nonce).map((member) => member.operation)
}

/** Number of operations behind a missing nonce or in a back-off. */
export function countWaiting({ waiting, backingOff }: Lanes): number {
  return waiting + backingOff.size
}

/** Arrival of the oldest operation behind a missing nonce or in a back-off; null if there is none. */
export function oldestWaiting({ lanes, gapped, backingOff }: Lanes): Millis | null {
  let oldest: Millis | null = null
  const compare = ({ receivedAt }: QueuedOperation) => {
    if (oldest === null || receivedAt < oldest) oldest = receivedAt
  }
  for (const [leaf] of gapped) {
    const members = lanes.get(leaf)?.members ?? []
    for (const { operation, phase } of members) if (phase === 'waiting') compare(operation)
  }
  for (const [, { operation }] of backingOff) compare(operation)
  return oldest
}
