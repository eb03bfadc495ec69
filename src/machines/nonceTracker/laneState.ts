/** What lanes are made of, and the rule by which their operations are released. The verbs stand in `lanes.ts`. */
import type { OperationId, QueuedOperation } from '../../domain/operation.ts'
import type { Millis } from '../../domain/primitives.ts'
import { OrderedMap } from '../../policy/orderedMap.ts'

/**
 * Where an admitted operation is: on its way to disk, waiting for its turn, handed to the batcher, or (`overdue`) handed to
 * it out of turn, after waiting its whole time.
 */
type Phase = 'storing' | 'waiting' | 'released' | 'overdue'

export interface Member {
  readonly operation: QueuedOperation
  readonly phase: Phase
  /** Since when it has been waiting, for the lane's deadline. */
  readonly since: Millis
}

export interface Lane {
  /** The nonce that the chain accepts next, as far as is known. */
  readonly next: number
  /** Nonces below it are consumed for certain: operations of ours have landed with them. */
  readonly landed: number
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
  /** How many wait in these. */
  readonly waiting: number
  /** Operations whose turn it is, and which pause before they are tried again. */
  readonly resting: OrderedMap<OperationId, Resting>
}

interface Resting {
  readonly operation: QueuedOperation
  readonly until: Millis
}

/** What follows from a change. */
export interface LaneEffects {
  readonly ready: readonly QueuedOperation[]
  readonly withdrawn: readonly QueuedOperation[]
}

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

export const noLanes: Lanes = {
  lanes: OrderedMap.empty(byText),
  claims: OrderedMap.empty(byText),
  storing: OrderedMap.empty(byText),
  gapped: OrderedMap.empty(byText),
  waiting: 0,
  resting: OrderedMap.empty(byText),
}

export const noLane: Lane = { next: 0, landed: 0, members: [] }

export const nothing: LaneEffects = { ready: [], withdrawn: [] }

/** A lane as it is from now on. */
export type LaneChange = readonly [leaf: string, lane: Lane]

/** Releases the run of consecutive nonces from each lane's next one on, and takes back what is no longer in it. */
export function advance(
  state: Lanes,
  changes: readonly LaneChange[],
  at: Millis,
): readonly [Lanes, LaneEffects] {
  const ready: QueuedOperation[] = []
  const taken: QueuedOperation[] = []
  const advanced = changes.map(([leaf, lane]): LaneChange => {
    let expected = lane.next
    let broken = false
    const members = lane.members.map((member): Member => {
      broken ||= nonceOf(member) > expected || member.phase === 'storing'
      if (broken) {
        if (member.phase !== 'released') return member
        taken.push(member.operation)
        return { ...member, phase: 'waiting', since: at }
      }
      expected = Math.max(expected, nonceOf(member) + 1)
      if (member.phase === 'released') return member
      // The batcher has what was overdue.
      if (member.phase === 'waiting') ready.push(member.operation)
      return { ...member, phase: 'released' }
    })
    return [leaf, { ...lane, members }]
  })
  // The batcher does not have what pauses.
  const withdrawn = taken.filter(({ id }) => !state.resting.has(id))
  const resting = taken.length === 0 ? state.resting : state.resting.withoutAll(taken.map(({ id }) => id))
  return [setLanes({ ...state, resting }, advanced), { ready, withdrawn }]
}

/**
 * Several changes follow each other: what counts for an operation is the last. Whether the batcher holds it is not known
 * here (the evicted are in no queue); being told what it knows changes nothing there.
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

/** Each map is changed once, each lane by one of the changes. A lane without members is forgotten. */
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

/** Those that have a lane, by its leaf. */
export function byLeaf(
  operations: readonly QueuedOperation[],
): ReadonlyMap<string, readonly QueuedOperation[]> {
  const found = new Map<string, QueuedOperation[]>()
  for (const operation of operations) {
    if (operation.lane === null) continue
    const own = found.get(operation.lane.leaf)
    if (own === undefined) found.set(operation.lane.leaf, [operation])
    else own.push(operation)
  }
  return found
}

export function nonceOf({ operation }: Member): number {
  return operation.lane?.nonce ?? 0
}
