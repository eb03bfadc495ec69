/**
 * What was noted within the last moment and is not told yet: references to things that do not change. Bounded: of events
 * of one kind to one actor the first few are told and the rest is counted, so that a flood of one kind hides no other; steps
 * beyond a number become "this actor is now so".
 */
import type { AnyActor, AnyEventObject, AnyTransitionDefinition, Snapshot } from 'xstate'
import type { Fact, Sample, TrafficMessage } from '../../inspector/src/wire.ts'
import type { Millis } from '../domain/primitives.ts'

/** Most events of a kind to an actor, and most events and births of effects in all, that are told in a flush. */
const MOST_OF_A_KIND = 10
const MOST_EVENTS = 250
/** Most steps and facts that are told in a flush. */
const MOST_STEPS = 500
/** Most kinds of event that are counted in a flush. */
const MOST_EDGES = 200

type SomeSnapshot = Snapshot<unknown>

export type Note =
  | { readonly type: 'birth'; readonly actor: AnyActor; readonly snapshot: SomeSnapshot; readonly at: Millis }
  | {
      readonly type: 'event'
      readonly actor: AnyActor
      readonly sourceId: string | null
      readonly event: AnyEventObject
      readonly at: Millis
    }
  | {
      readonly type: 'step'
      readonly actor: AnyActor
      readonly snapshot: SomeSnapshot
      readonly event: AnyEventObject
      readonly transitions: readonly AnyTransitionDefinition[]
      readonly at: Millis
    }
  | { readonly type: 'fact'; readonly fact: Fact; readonly at: Millis }
  | { readonly type: 'sample'; readonly sample: Sample; readonly at: Millis }
  | { readonly type: 'traffic'; readonly edges: TrafficMessage['edges']; readonly at: Millis }

type CountedEdge = TrafficMessage['edges'][number] & { count: number }

/** Events of one type to one actor. */
interface Kind {
  told: number
  /** Those that were only counted, by their senders, which are few. */
  readonly counted: CountedEdge[]
}

export class Notes {
  /** Whether anybody wants to know. */
  isOpen = false
  #notes: Note[] = []
  #events = 0
  /** Of each actor, by the type of event. */
  readonly #kinds = new Map<AnyActor, Map<string, Kind>>()
  #steps = 0
  /** The last step of actors of which nothing but the context has changed, by session. */
  readonly #latest = new Map<string, Extract<Note, { type: 'step' }>>()
  #edges: CountedEdge[] = []

  /** Machines are few, and what is said of one later makes no sense without its birth; effects are many. */
  birth(actor: AnyActor, isMachine: boolean, at: Millis): void {
    if (!isMachine && this.#events >= MOST_EVENTS) return
    this.#events += 1
    this.#notes.push({ type: 'birth', actor, snapshot: actor.getSnapshot(), at })
  }

  event(
    actor: AnyActor,
    source: { readonly sessionId: string } | undefined,
    event: AnyEventObject,
    at: Millis,
  ): void {
    const sourceId = source?.sessionId ?? null
    const kind = this.#kindOf(actor, event.type)
    if (this.#events < MOST_EVENTS && kind.told < MOST_OF_A_KIND) {
      this.#events += 1
      kind.told += 1
      this.#notes.push({ type: 'event', actor, sourceId, event, at })
      return
    }
    const edge = kind.counted.find((each) => each.sourceId === sourceId)
    if (edge !== undefined) edge.count += 1
    else if (this.#edges.length < MOST_EDGES) {
      const fresh = { sourceId, sessionId: actor.sessionId, event: event.type, count: 1 }
      kind.counted.push(fresh)
      this.#edges.push(fresh)
    }
  }

  #kindOf(actor: AnyActor, type: string): Kind {
    const known = this.#kinds.get(actor)?.get(type)
    if (known !== undefined) return known
    const kind: Kind = { told: 0, counted: [] }
    const ofActor = this.#kinds.get(actor)
    if (ofActor === undefined) this.#kinds.set(actor, new Map([[type, kind]]))
    else ofActor.set(type, kind)
    return kind
  }

  /** The actor's states have changed, or it has ended. */
  step(
    actor: AnyActor,
    snapshot: SomeSnapshot,
    event: AnyEventObject,
    transitions: readonly AnyTransitionDefinition[],
    at: Millis,
  ): void {
    const step = { type: 'step', actor, snapshot, event, transitions, at } as const
    if (this.#steps >= MOST_STEPS) {
      this.#latest.set(actor.sessionId, step)
      return
    }
    this.#steps += 1
    this.#latest.delete(actor.sessionId)
    this.#notes.push(step)
  }

  /** Nothing but the actor's context may have changed. */
  context(actor: AnyActor, snapshot: SomeSnapshot, event: AnyEventObject, at: Millis): void {
    this.#latest.set(actor.sessionId, { type: 'step', actor, snapshot, event, transitions: [], at })
  }

  fact(fact: Fact, at: Millis): void {
    if (this.#steps >= MOST_STEPS) return
    this.#steps += 1
    this.#notes.push({ type: 'fact', fact, at })
  }

  sample(sample: Sample, at: Millis): void {
    this.#notes.push({ type: 'sample', sample, at })
  }

  /** Everything since the last time, in order. */
  take(at: Millis): readonly Note[] {
    const notes = [...this.#notes, ...this.#latest.values()].sort((one, other) => one.at - other.at)
    if (this.#edges.length > 0) notes.push({ type: 'traffic', edges: this.#edges, at })
    this.#notes = []
    this.#events = 0
    this.#steps = 0
    this.#kinds.clear()
    this.#latest.clear()
    this.#edges = []
    return notes
  }
}
