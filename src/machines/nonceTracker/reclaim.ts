/** Operations take back positions and claims: after a restart, and after a reorg with orphaned verdicts. */
import type { QueuedOperation } from '../../domain/operation.ts'
import type { Millis } from '../../domain/primitives.ts'
import {
  advance,
  insert,
  type LaneChange,
  type LaneEffects,
  type Lanes,
  type Member,
  mergeEffects,
  noLane,
  noLanes,
  nonceOf,
  setLane,
  takeClaims,
} from './laneState.ts'
import { refusal } from './lanes.ts'
import { unsettledOf } from './unsettled.ts'

/** Unfinished operations of the store. */
export interface RestoredOperations {
  /** Operations of batches that continue. */
  readonly inBatches: readonly QueuedOperation[]
  /** All other operations, in order of admission. */
  readonly queued: readonly QueuedOperation[]
}

/**
 * The lanes and claims after a restart. The chain's nonces are not known yet: each lane starts at the lowest nonce, and
 * the first simulation corrects the start (`returnEvicted`). The queue may be long: each map is built once.
 */
export function restore(
  { inBatches, queued }: RestoredOperations,
  at: Millis,
): readonly [Lanes, LaneEffects] {
  const operations = [...inBatches, ...queued]
  const claims = noLanes.claims.withAll(
    operations.flatMap(({ id, claims: held }) => held.map((address) => [address, id] as const)),
  )
  const batched = new Set(inBatches)
  const lanes = [...byLeaf(operations)].map(([leaf, own]): LaneChange => {
    const members = own.map((operation): Member => {
      return { operation, phase: batched.has(operation) ? 'ready' : 'waiting', since: at }
    })
    return [leaf, { ...noLane, next: Math.min(...members.map(nonceOf)), members: insert([], members) }]
  })
  const [restored, effects] = advance({ ...noLanes, claims, unsettled: unsettledOf(operations) }, lanes, at)
  const withoutLane = queued.filter(({ lane }) => lane === null)
  const ready = [...withoutLane, ...effects.ready].sort((a, b) => a.sequence - b.sequence)
  return [restored, { ...effects, ready }]
}

/** Groups the operations with a lane by leaf index. */
function byLeaf(operations: readonly QueuedOperation[]): ReadonlyMap<string, readonly QueuedOperation[]> {
  const found = new Map<string, QueuedOperation[]>()
  for (const operation of operations) {
    if (operation.lane === null) continue
    const own = found.get(operation.lane.leaf)
    if (own === undefined) found.set(operation.lane.leaf, [operation])
    else own.push(operation)
  }
  return found
}

/**
 * A reorg orphaned the block of a settled batch: the operations are in the batch again, with positions and claims. Each
 * lane goes back to the lowest nonce of the operations. An operation already in the lane is not duplicated.
 */
export function revive(
  state: Lanes,
  operations: readonly QueuedOperation[],
  at: Millis,
): readonly [Lanes, LaneEffects] {
  const backingOff = state.backingOff.withoutAll(operations.map(({ id }) => id))
  const [revived, effects] = claimPositions({ ...state, backingOff }, operations, 'ready', at)
  // An operation in a batch must not stay in the queue of the opsBatcher.
  return [revived, mergeEffects([{ ready: [], withdrawn: operations }, effects])]
}

/** Effects of queueing settled operations again. */
export interface RequeueEffects extends LaneEffects {
  /** Operations that are queued again. */
  readonly requeued: readonly QueuedOperation[]
}

/**
 * A reorg orphaned the evidence block of operations that were settled without a transaction: the operations return to
 * their lanes. An operation keeps the verdict if the nonce or a claim is taken meanwhile: the user has sent a newer
 * operation.
 */
export function requeue(
  state: Lanes,
  operations: readonly QueuedOperation[],
  at: Millis,
): readonly [Lanes, RequeueEffects] {
  let claimed = state
  const requeued: QueuedOperation[] = []
  // The newest first: of two operations with one nonce, the user wants the newer operation.
  for (const operation of operations.toReversed()) {
    if (refusal(claimed, operation, 0) === 'duplicate_request_in_flight') continue
    requeued.push(operation)
    claimed = claimPositions(claimed, [operation], 'waiting', at)[0]
  }
  // All at once: in a sequence, a later nonce would be ready before an earlier nonce is back.
  const [lanes, effects] = claimPositions(state, requeued, 'waiting', at)
  const withoutLane = requeued.filter(({ lane }) => lane === null)
  return [lanes, { ...mergeEffects([{ ready: withoutLane, withdrawn: [] }, effects]), requeued }]
}

function claimPositions(
  state: Lanes,
  operations: readonly QueuedOperation[],
  phase: Member['phase'],
  at: Millis,
): readonly [Lanes, LaneEffects] {
  let claimed = state
  const leaves = new Set<string>()
  for (const operation of operations) {
    claimed = takeClaims(claimed, operation)
    if (operation.lane === null) continue
    const { leaf, nonce } = operation.lane
    const lane = claimed.lanes.get(leaf) ?? { ...noLane, next: nonce }
    const others = lane.members.filter((member) => member.operation.id !== operation.id)
    const members = insert(others, [{ operation, phase, since: at }])
    // The reorg may have orphaned earlier nonces of the account, too.
    claimed = setLane(claimed, leaf, { next: Math.min(lane.next, nonce), consumedBelow: 0, members })
    leaves.add(leaf)
  }
  const changes = [...leaves].map((leaf): LaneChange => [leaf, claimed.lanes.get(leaf) ?? noLane])
  return advance(claimed, changes, at)
}
