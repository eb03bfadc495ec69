/**
 * The past states of each machine. Paths are always kept. A page that opens late can show the paths of active and recently ended
 * batches. The cost is a small object per change of state.
 */
import {
  type AnyActor,
  type AnyMachineSnapshot,
  type AnyStateNode,
  type AnyTransitionDefinition,
  isMachineSnapshot,
} from 'xstate'
import type { Json, Path, PathStep } from '../../inspector/src/wire.ts'
import type { Millis, Now } from '../domain/primitives.ts'
import { viewContext } from './contexts.ts'
import { actorName, transitionId } from './definition.ts'

/** Maximum number of steps per actor. A batch with hours of resubmissions has more: see `shorten`. */
const MAX_STEPS = 64
/** Maximum number of ended actors. */
const MAX_ENDED = 60

interface Step {
  readonly at: Millis
  readonly nodes: readonly AnyStateNode[]
  readonly event: string
  readonly transitions: readonly AnyTransitionDefinition[]
}

interface Walk {
  readonly actor: AnyActor
  readonly startedAt: Millis
  steps: readonly Step[]
  /** Context of the latest snapshot. */
  context: unknown
}

/** The new part of a snapshot: states (changed, entered again or ended), only the context, or nothing. */
export type News = 'states' | 'context' | 'nothing'

export class Paths {
  /** Active actors, by session. */
  readonly #active = new Map<string, Walk>()
  readonly #ended: Path[] = []

  /** Starts the path of an actor with the states of the first snapshot. */
  begin(actor: AnyActor, { context }: AnyMachineSnapshot, step: Step): void {
    this.#active.set(actor.sessionId, { actor, startedAt: step.at, steps: [step], context })
  }

  /** Adds a snapshot to a path. The check for a change comes first, because most snapshots have unchanged states. */
  follow(
    actor: AnyActor,
    snapshot: AnyMachineSnapshot,
    event: string,
    transitions: readonly AnyTransitionDefinition[],
    now: Now,
  ): News {
    const walk = this.#active.get(actor.sessionId)
    if (walk === undefined) return 'nothing'
    const { _nodes: nodes, status, context } = snapshot
    const isChanged = transitions.length > 0 || walk.steps.at(-1)?.nodes !== nodes
    const hasNewContext = walk.context !== context
    walk.context = context
    if (!isChanged && status === 'active') return hasNewContext ? 'context' : 'nothing'
    const at = now()
    if (isChanged) walk.steps = shorten(withStep(walk.steps, { at, nodes, event, transitions }))
    if (status !== 'active') this.#end(walk, snapshot, at)
    return 'states'
  }

  /** Ends the paths of crashed actors: they have no last snapshot. @returns the crashed actors */
  sweep(at: Millis): readonly AnyActor[] {
    const crashed: AnyActor[] = []
    for (const walk of this.#active.values()) {
      const snapshot: unknown = walk.actor.getSnapshot()
      if (!isMachineSnapshot(snapshot) || snapshot.status === 'active') continue
      this.#end(walk, snapshot, at)
      crashed.push(walk.actor)
    }
    return crashed
  }

  /** The paths of recently ended actors, then of active actors, oldest first. */
  view(): readonly Path[] {
    return [...this.#ended, ...[...this.#active.values()].map((walk) => pathOf(walk, null, null))]
  }

  #end(walk: Walk, { machine, context }: AnyMachineSnapshot, at: Millis): void {
    this.#active.delete(walk.actor.sessionId)
    this.#ended.push(pathOf(walk, at, viewContext(machine.id, context, false) ?? null))
    if (this.#ended.length > MAX_ENDED) this.#ended.shift()
  }
}

/** Adds a step. A step that enters the same states again is added to the last step: nothing changed for a viewer. */
function withStep(steps: readonly Step[], step: Step): readonly Step[] {
  const last = steps.at(-1)
  if (last === undefined || !haveSameStates(last, step)) return [...steps, step]
  return [...steps.slice(0, -1), joined(last, step)]
}

function haveSameStates({ nodes }: Step, { nodes: others }: Step): boolean {
  return nodes.length === others.length && nodes.every((node) => others.includes(node))
}

/** The first of two steps, with the transitions of both. */
function joined(first: Step, { transitions }: Step): Step {
  return { ...first, transitions: [...new Set([...first.transitions, ...transitions])] }
}

/**
 * Keeps a path at the maximum length. The oldest step between two inner states is left out, because the outer states tell the
 * life of the actor. Its transitions stay in the step before.
 */
function shorten(steps: readonly Step[]): readonly Step[] {
  if (steps.length <= MAX_STEPS) return steps
  const inner = steps.findIndex(
    (step, index) => index > 0 && outerState(step) === outerState(steps[index - 1]),
  )
  const [before, left] = [steps[inner - 1], steps[inner]]
  if (before === undefined || left === undefined || inner === steps.length - 1) return steps.slice(1)
  return [...steps.slice(0, inner - 1), joined(before, left), ...steps.slice(inner + 1)]
}

function outerState(step: Step | undefined): AnyStateNode | undefined {
  return step?.nodes.find(({ parent }) => parent !== undefined && parent.parent === undefined)
}

function pathOf(
  { actor, startedAt, steps }: Walk,
  endedAt: Millis | null,
  context: Readonly<Record<string, Json>> | null,
): Path {
  const { sessionId, logic } = actor
  return {
    sessionId,
    name: actorName(actor),
    machine: logic.id,
    startedAt,
    endedAt,
    steps: steps.map(viewStep),
    context,
  }
}

function viewStep({ at, nodes, event, transitions }: Step): PathStep {
  return { at, states: stateIds(nodes), event, transitions: transitionIds(transitions) }
}

/** The ids of the active states, outermost first. The root of the machine is left out. */
export function stateIds(nodes: readonly AnyStateNode[]): readonly string[] {
  return nodes
    .filter(({ parent }) => parent !== undefined)
    .sort((one, other) => one.order - other.order)
    .map(({ id }) => id)
}

export function transitionIds(transitions: readonly AnyTransitionDefinition[]): readonly string[] {
  return transitions.flatMap((transition) => transitionId(transition) ?? [])
}
