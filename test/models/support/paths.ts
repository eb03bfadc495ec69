/**
 * Paths through a machine, generated from the definition. Each event of the model occurs in each reachable state, with
 * each possible result, at least once.
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

/** An event with a unique label, because events of a type may differ in fields read by guards. */
export interface ModelEvent extends EventObject {
  readonly [field: string]: unknown
  /** The name of the event in a path. */
  readonly label: string
  /** The output or the error of an effect. */
  readonly output?: unknown
  readonly error?: unknown
}

interface Step {
  readonly event: ModelEvent
  /** The key of the next state in the definition. */
  readonly key: string
}

export interface Path {
  /** The key of the first state. */
  readonly first: string
  readonly steps: readonly Step[]
}

export interface Exploration {
  /** The machine that runs in production. */
  readonly machine: AnyStateMachine
  /** Logic for the machine's slots during the exploration. The definition does not depend on the slots. */
  readonly provided?: Parameters<AnyStateMachine['provide']>[0]
  readonly input: unknown
  /** The possible events in a state. */
  readonly events: (snapshot: AnyMachineSnapshot) => readonly ModelEvent[]
  /** The context that guards read, as text. Two states are equal if value and view are equal. */
  readonly view: (snapshot: AnyMachineSnapshot) => string
}

interface Edge {
  readonly from: string
  readonly step: Step
  /**
   * Values before and after the event, and whether the view changes. One path is generated for each kind.
   */
  readonly kind: string
}

interface Paths {
  readonly paths: readonly Path[]
  /** Context fields read by guards but not by the view. If not empty, different states may count as equal. */
  readonly unseen: readonly string[]
}

/** The key of a state: value, status and view. */
export function keyOf(snapshot: AnyMachineSnapshot, view: Exploration['view']): string {
  return `${nameOf(snapshot)} ${view(snapshot)}`
}

/** The shortest path to each kind of edge. A prefix of a longer path is left out. */
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

/** All steps that the definition allows. */
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
 * The machine with a new actor system for each step. In the single system of `xstate/graph` a system id could be used only
 * once.
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
