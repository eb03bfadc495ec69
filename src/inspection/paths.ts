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
import { transitionId } from './definition.ts'

/** Maximum number of steps per actor. A batch with hours of resubmissions has more. The latest steps are kept. */
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
  readonly steps: Step[]
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
    if (isChanged) walk.steps.push({ at, nodes, event, transitions })
    if (walk.steps.length > MAX_STEPS) walk.steps.shift()
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

function pathOf(
  { actor, startedAt, steps }: Walk,
  endedAt: Millis | null,
  context: Readonly<Record<string, Json>> | null,
): Path {
  const { sessionId, id, logic } = actor
  return { sessionId, name: id, machine: logic.id, startedAt, endedAt, steps: steps.map(viewStep), context }
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
