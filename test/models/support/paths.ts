/**
 * Paths through a machine, generated from its definition: every event that a test knows, in every state that the machine
 * gets into, with every outcome that it has there, at least once.
 */
import {
  type ActorLogic,
  type AnyMachineSnapshot,
  type AnyStateMachine,
  type EventObject,
  initialTransition,
  transition,
} from 'xstate'
import { adjacencyMapToArray, getAdjacencyMap } from 'xstate/graph'
import { GuardWatch } from './guards.ts'

/** An event with a name of its own: several of a type may differ in what guards see of them. */
export interface ModelEvent extends EventObject {
  readonly [field: string]: unknown
  /** How a path calls it. */
  readonly label: string
  /** Of an effect that answers, or fails. */
  readonly output?: unknown
  readonly error?: unknown
}

interface Step {
  readonly event: ModelEvent
  /** Where the definition says that it leads. */
  readonly key: string
}

export interface Path {
  /** Where it begins. */
  readonly first: string
  readonly steps: readonly Step[]
}

export interface Exploration {
  /** The one that runs in production. */
  readonly machine: AnyStateMachine
  /** What stands behind its slots meanwhile; what the definition says does not depend on it. */
  readonly provided?: Parameters<AnyStateMachine['provide']>[0]
  readonly input: unknown
  /** What can happen in a state. */
  readonly events: (snapshot: AnyMachineSnapshot) => readonly ModelEvent[]
  /** What of the context guards look at, as text: states are told apart by value and by this. */
  readonly view: (snapshot: AnyMachineSnapshot) => string
}

interface Edge {
  readonly from: string
  readonly step: Step
  /**
   * What happens: from which value to which, and whether anything that guards look at is changed by it. Edges that agree
   * in this are as good as each other.
   */
  readonly kind: string
}

interface Paths {
  readonly paths: readonly Path[]
  /** What guards look at in the context, and the view does not: states may have been taken for one that are not. */
  readonly unseen: readonly string[]
}

/** A state's name: its value, whether it has ended, and what guards look at. */
export function keyOf(snapshot: AnyMachineSnapshot, view: Exploration['view']): string {
  return `${nameOf(snapshot)} ${view(snapshot)}`
}

/** For each kind of edge the shortest path that ends with it; a path that another one begins with is left out. */
export function generatePaths(exploration: Exploration): Paths {
  const { first, edges, unseen } = explore(exploration)
  const reached = shortestPaths(first, edges)
  const chosen = new Map<string, readonly Step[]>()
  for (const { from, step, kind } of edges) {
    const path = [...(reached.get(from) ?? []), step]
    const known = chosen.get(kind)
    if (known === undefined || path.length < known.length) chosen.set(kind, path)
  }
  return { paths: withoutPrefixes([...chosen.values()]).map((steps) => ({ first, steps })), unseen }
}

export function describeSteps(steps: Path['steps']): string {
  return steps.map(({ event }) => event.label).join(' → ')
}

/** Every step that the definition allows. */
function explore({ machine, provided = {}, input, events, view }: Exploration) {
  const guards = new GuardWatch()
  const map = getAdjacencyMap(steppedAlone(guards.watch(machine.provide(provided))), {
    input,
    events: (snapshot: AnyMachineSnapshot) => (snapshot.status === 'active' ? events(snapshot) : []),
    serializeState: (snapshot: AnyMachineSnapshot) => keyOf(snapshot, view),
    serializeEvent: (event: EventObject) => ('label' in event ? String(event.label) : event.type),
  })
  const edges = adjacencyMapToArray<AnyMachineSnapshot, EventObject>(map).flatMap(
    ({ state, event, nextState }): readonly Edge[] =>
      isModelEvent(event)
        ? [
            {
              from: keyOf(state, view),
              step: { event, key: keyOf(nextState, view) },
              kind: `${nameOf(state)} | ${event.label} | ${nameOf(nextState)} | ${view(state) === view(nextState)}`,
            },
          ]
        : [],
  )
  const states = Object.values(map).map(({ state }) => state)
  return { first: Object.keys(map)[0] ?? '', edges, unseen: guards.unseen(states, view) }
}

/**
 * The machine with each of its steps in an actor system of its own: in the one system of `xstate/graph` a system id that
 * was given once would be taken for good.
 */
function steppedAlone(machine: AnyStateMachine): ActorLogic<AnyMachineSnapshot, EventObject, unknown> {
  return {
    transition: (snapshot, event) => transition(machine, snapshot, event)[0],
    getInitialSnapshot: (_, input) => initialTransition(machine, input)[0],
    getPersistedSnapshot: (snapshot) => snapshot,
  }
}

function isModelEvent(event: EventObject): event is ModelEvent {
  return 'label' in event
}

/** The shortest path to each state: breadth first. */
function shortestPaths(first: string, edges: readonly Edge[]): ReadonlyMap<string, Path['steps']> {
  const leaving = new Map<string, Edge[]>()
  for (const edge of edges) {
    const others = leaving.get(edge.from)
    if (others === undefined) leaving.set(edge.from, [edge])
    else others.push(edge)
  }
  const reached = new Map<string, Path['steps']>([[first, []]])
  for (const [key, steps] of reached) {
    for (const { step } of leaving.get(key) ?? []) {
      if (!reached.has(step.key)) reached.set(step.key, [...steps, step])
    }
  }
  return reached
}

function nameOf({ value, status }: AnyMachineSnapshot): string {
  return `${JSON.stringify(value)} ${status}`
}

function withoutPrefixes(paths: readonly Path['steps'][]): readonly Path['steps'][] {
  const prefixes = new Set(
    paths.flatMap((steps) => steps.map((_, length) => describeSteps(steps.slice(0, length)))),
  )
  return paths.filter((steps) => !prefixes.has(describeSteps(steps)))
}
