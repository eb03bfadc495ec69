/**
 * Paths through a machine, generated from its definition: every event that a test knows, in every state that the machine
 * gets into, with every outcome that it has there, at least once.
 */
import type { AnyMachineSnapshot, AnyStateMachine, EventObject } from 'xstate'
import { adjacencyMapToArray, getAdjacencyMap } from 'xstate/graph'

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

export type Path = readonly Step[]

export interface Exploration {
  readonly machine: AnyStateMachine
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

/** A state's name: its value, whether it has ended, and what guards look at. */
export function keyOf(snapshot: AnyMachineSnapshot, view: Exploration['view']): string {
  return `${nameOf(snapshot)} ${view(snapshot)}`
}

/** For each kind of edge the shortest path that ends with it; a path that another one begins with is left out. */
export function generatePaths(exploration: Exploration): readonly Path[] {
  const { first, edges } = explore(exploration)
  const reached = shortestPaths(first, edges)
  const chosen = new Map<string, Path>()
  for (const { from, step, kind } of edges) {
    const path = [...(reached.get(from) ?? []), step]
    const known = chosen.get(kind)
    if (known === undefined || path.length < known.length) chosen.set(kind, path)
  }
  return withoutPrefixes([...chosen.values()])
}

export function describePath(path: Path): string {
  return path.map(({ event }) => event.label).join(' → ')
}

/** Every step that the definition allows. */
function explore({ machine, input, events, view }: Exploration) {
  const map = getAdjacencyMap(machine, {
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
  return { first: Object.keys(map)[0] ?? '', edges }
}

function isModelEvent(event: EventObject): event is ModelEvent {
  return 'label' in event
}

/** The shortest path to each state: breadth first. */
function shortestPaths(first: string, edges: readonly Edge[]): ReadonlyMap<string, Path> {
  const leaving = new Map<string, Edge[]>()
  for (const edge of edges) leaving.set(edge.from, [...(leaving.get(edge.from) ?? []), edge])
  const reached = new Map<string, Path>([[first, []]])
  for (const [key, path] of reached) {
    for (const { step } of leaving.get(key) ?? []) {
      if (!reached.has(step.key)) reached.set(step.key, [...path, step])
    }
  }
  return reached
}

function nameOf({ value, status }: AnyMachineSnapshot): string {
  return `${JSON.stringify(value)} ${status}`
}

function withoutPrefixes(paths: readonly Path[]): readonly Path[] {
  const prefixes = new Set(
    paths.flatMap((path) => path.map((_, length) => describePath(path.slice(0, length)))),
  )
  return paths.filter((path) => !prefixes.has(describePath(path)))
}
