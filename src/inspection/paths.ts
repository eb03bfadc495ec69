/**
 * Which states each machine has been in, kept whether or not anybody watches: a page that is opened late shows the paths
 * of the batches that live and of those that ended lately. It costs one small object for each change of state.
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

/** Most steps of one actor. A batch that is sent again for hours has more; its last ones are what counts. */
const MOST_STEPS = 64
/** Most ended actors. */
const MOST_ENDED = 60

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
  /** The actor's context when it was last looked at. */
  context: unknown
}

/** What is new in a snapshot: the states (or their end, or that they were entered again), the context alone, or nothing. */
export type News = 'states' | 'context' | 'nothing'

export class Paths {
  /** By session. */
  readonly #living = new Map<string, Walk>()
  readonly #ended: Path[] = []

  /** An actor that runs a machine was born, in the states of its snapshot. */
  begin(actor: AnyActor, { context }: AnyMachineSnapshot, step: Step): void {
    this.#living.set(actor.sessionId, { actor, startedAt: step.at, steps: [step], context })
  }

  /** Most snapshots are of the same states as the one before, so these are told from others first. */
  follow(
    actor: AnyActor,
    snapshot: AnyMachineSnapshot,
    event: string,
    transitions: readonly AnyTransitionDefinition[],
    now: Now,
  ): News {
    const walk = this.#living.get(actor.sessionId)
    if (walk === undefined) return 'nothing'
    const { _nodes: nodes, status, context } = snapshot
    const isChanged = transitions.length > 0 || walk.steps.at(-1)?.nodes !== nodes
    const hasNewContext = walk.context !== context
    walk.context = context
    if (!isChanged && status === 'active') return hasNewContext ? 'context' : 'nothing'
    const at = now()
    if (isChanged) walk.steps.push({ at, nodes, event, transitions })
    if (walk.steps.length > MOST_STEPS) walk.steps.shift()
    if (status !== 'active') this.#end(walk, snapshot, at)
    return 'states'
  }

  /** Ends the paths of actors that have died without a last snapshot. @returns those actors */
  sweep(at: Millis): readonly AnyActor[] {
    const dead: AnyActor[] = []
    for (const walk of this.#living.values()) {
      const snapshot: unknown = walk.actor.getSnapshot()
      if (!isMachineSnapshot(snapshot) || snapshot.status === 'active') continue
      this.#end(walk, snapshot, at)
      dead.push(walk.actor)
    }
    return dead
  }

  /** Of those that ended lately, then of those that live; oldest first. */
  view(): readonly Path[] {
    return [...this.#ended, ...[...this.#living.values()].map((walk) => pathOf(walk, null, null))]
  }

  #end(walk: Walk, { machine, context }: AnyMachineSnapshot, at: Millis): void {
    this.#living.delete(walk.actor.sessionId)
    this.#ended.push(pathOf(walk, at, viewContext(machine.id, context, false) ?? null))
    if (this.#ended.length > MOST_ENDED) this.#ended.shift()
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

/** The ids of active states, outermost first, without the machine's own. */
export function stateIds(nodes: readonly AnyStateNode[]): readonly string[] {
  return nodes
    .filter(({ parent }) => parent !== undefined)
    .sort((one, other) => one.order - other.order)
    .map(({ id }) => id)
}

export function transitionIds(transitions: readonly AnyTransitionDefinition[]): readonly string[] {
  return transitions.flatMap((transition) => transitionId(transition) ?? [])
}
