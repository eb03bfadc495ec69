/** The data of the lanes, and the rule of readiness. */
import type { OperationId, QueuedOperation } from '../../domain/operation.ts'
import type { Millis } from '../../domain/primitives.ts'
import { OrderedMap } from '../../policy/orderedMap.ts'
import { addUnsettled, type Unsettled, unsettledOf } from './unsettled.ts'

/**
 * The progress of an operation in the lane.
 *
 * - `storing`: admitted, not on disk yet.
 * - `waiting`: on disk. An earlier nonce of the lane is missing.
 * - `ready`: handed to the opsBatcher, or in a batch.
 * - `overdue`: handed to the opsBatcher, or in a batch, although an earlier nonce is missing. The lane deadline has passed.
 */
type Phase = 'storing' | 'waiting' | 'ready' | 'overdue'

export interface Member {
  readonly operation: QueuedOperation
  readonly phase: Phase
  /** Start of the wait for an earlier nonce. The lane deadline counts from here. */
  readonly since: Millis
}

export interface Lane {
  /** The nonce that the chain accepts next, as far as the gateway knows. */
  readonly next: number
  /** Operations of the gateway are finalized with every nonce below this nonce. */
  readonly consumedBelow: number
  /** By ascending nonce. */
  readonly members: readonly Member[]
}

export interface Lanes {
  /** By leaf index. */
  readonly lanes: OrderedMap<string, Lane>
  /** The operation that holds each claim. */
  readonly claims: OrderedMap<string, OperationId>
  readonly unsettled: Unsettled
  /** Admitted operations not yet on disk. */
  readonly storing: OrderedMap<OperationId, QueuedOperation>
  /** Leaf indexes of the lanes with waiting operations. */
  readonly gapped: OrderedMap<string, true>
  /** Number of waiting operations in all lanes. */
  readonly waiting: number
  /** Ready operations, given to the opsBatcher again after a pause. */
  readonly backingOff: OrderedMap<OperationId, BackOff>
}

interface BackOff {
  readonly operation: QueuedOperation
  readonly until: Millis
}

/** Changes for the opsBatcher. */
export interface LaneEffects {
  readonly ready: readonly QueuedOperation[]
  readonly withdrawn: readonly QueuedOperation[]
}

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

export const noLanes: Lanes = {
  lanes: OrderedMap.empty(byText),
  claims: OrderedMap.empty(byText),
  unsettled: unsettledOf([]),
  storing: OrderedMap.empty(byText),
  gapped: OrderedMap.empty(byText),
  waiting: 0,
  backingOff: OrderedMap.empty(byText),
}

export const noLane: Lane = { next: 0, consumedBelow: 0, members: [] }

export const noEffects: LaneEffects = { ready: [], withdrawn: [] }

/** The new value of one lane. */
export type LaneChange = readonly [leaf: string, lane: Lane]

/**
 * Stores changed lanes. In each changed lane, the consecutive nonces from `next` on become ready. Operations behind the
 * first missing or unstored nonce are withdrawn from the opsBatcher, except overdue operations.
 */
export function advance(
  state: Lanes,
  changes: readonly LaneChange[],
  at: Millis,
): readonly [Lanes, LaneEffects] {
  const ready: QueuedOperation[] = []
  const blocked: QueuedOperation[] = []
  const advanced = changes.map(([leaf, lane]): LaneChange => {
    let expected = lane.next
    let isBlocked = false
    const members = lane.members.map((member): Member => {
      isBlocked ||= nonceOf(member) > expected || member.phase === 'storing'
      if (isBlocked) {
        if (member.phase !== 'ready') return member
        blocked.push(member.operation)
        return { ...member, phase: 'waiting', since: at }
      }
      expected = Math.max(expected, nonceOf(member) + 1)
      if (member.phase === 'ready') return member
      // The opsBatcher has an overdue operation already.
      if (member.phase === 'waiting') ready.push(member.operation)
      return { ...member, phase: 'ready' }
    })
    return [leaf, { ...lane, members }]
  })
  // An operation that backs off is not in the opsBatcher.
  const withdrawn = blocked.filter(({ id }) => !state.backingOff.has(id))
  const backingOff =
    blocked.length === 0 ? state.backingOff : state.backingOff.withoutAll(blocked.map(({ id }) => id))
  return [setLanes({ ...state, backingOff }, advanced), { ready, withdrawn }]
}

/**
 * Joins the effects of consecutive changes. For each operation the last effect counts. The opsBatcher may receive a
 * known operation, or lose an unknown operation: adding and removing are idempotent.
 */
export function mergeEffects(changes: readonly LaneEffects[]): LaneEffects {
  const ready = new Map<OperationId, QueuedOperation>()
  const withdrawn = new Map<OperationId, QueuedOperation>()
  for (const change of changes) {
    for (const operation of change.withdrawn) {
      ready.delete(operation.id)
      withdrawn.set(operation.id, operation)
    }
    for (const operation of change.ready) {
      withdrawn.delete(operation.id)
      ready.set(operation.id, operation)
    }
  }
  return { ready: [...ready.values()], withdrawn: [...withdrawn.values()] }
}

export function setLane(state: Lanes, leaf: string, lane: Lane): Lanes {
  return setLanes(state, [[leaf, lane]])
}

/**
 * Removes lanes without members. Each map is copied once, however many lanes change.
 * @param changes at most one change for each lane
 */
function setLanes(state: Lanes, changes: readonly LaneChange[]): Lanes {
  const isKept = ([, { members }]: LaneChange) => members.length > 0
  const hasGap = ([, lane]: LaneChange) => waitingIn(lane) > 0
  const before = (leaf: string) => (state.gapped.has(leaf) ? waitingIn(state.lanes.get(leaf)) : 0)
  const leavesOf = (some: readonly LaneChange[]) => some.map(([leaf]) => leaf)
  return {
    ...state,
    lanes: state.lanes
      .withAll(changes.filter(isKept))
      .withoutAll(leavesOf(changes.filter((change) => !isKept(change)))),
    gapped: state.gapped
      .withAll(leavesOf(changes.filter(hasGap)).map((leaf) => [leaf, true]))
      .withoutAll(leavesOf(changes.filter((change) => !hasGap(change)))),
    waiting: changes.reduce((sum, [leaf, lane]) => sum + waitingIn(lane) - before(leaf), state.waiting),
  }
}

function waitingIn(lane: Lane = noLane): number {
  return lane.members.filter(({ phase }) => phase === 'waiting').length
}

export function insert(members: readonly Member[], added: readonly Member[]): readonly Member[] {
  return [...members, ...added].sort((a, b) => nonceOf(a) - nonceOf(b))
}

export function nonceOf({ operation }: Member): number {
  return operation.lane?.nonce ?? 0
}

/** The operation counts as unsettled, and takes its claims. */
export function takeClaims(state: Lanes, operation: QueuedOperation): Lanes {
  return {
    ...state,
    unsettled: addUnsettled(state.unsettled, operation),
    claims: state.claims.withAll(operation.claims.map((address) => [address, operation.id])),
  }
}

/** The claims that the operation still holds. A claim may belong to a newer operation meanwhile. */
export function claimsHeldBy(state: Lanes, operation: QueuedOperation): readonly string[] {
  return operation.claims.filter((address) => state.claims.get(address) === operation.id)
}
