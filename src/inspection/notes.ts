/**
 * Collects notes between two flushes: references to immutable values. The collection is bounded. For each pair of type and
 * receiver, the first few events are noted and the rest is counted. Therefore a flood of one type cannot hide other types. After
 * the maximum number of steps, only the latest step of each actor is kept.
 */
import type { AnyActor, AnyEventObject, AnyTransitionDefinition, Snapshot } from 'xstate'
import type { Fact, Sample, TrafficMessage } from '../../inspector/src/wire.ts'
import type { Millis } from '../domain/primitives.ts'

/** Per flush: maximum number of events with the same type and receiver, and of all events and started effects. */
const MAX_PER_TYPE = 10
const MAX_EVENTS = 250
/** Per flush: maximum number of steps and facts. */
const MAX_STEPS = 500
/** Per flush: maximum number of counters for other events. */
const MAX_EDGES = 200

type SomeSnapshot = Snapshot<unknown>

export type Note =
  | { readonly type: 'start'; readonly actor: AnyActor; readonly snapshot: SomeSnapshot; readonly at: Millis }
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

/** Events with the same type and receiver. */
interface EventsOfType {
  noted: number
  /** Counters of the other events, by sender. */
  readonly counted: CountedEdge[]
}

export class Notes {
  /** True while notes are collected. */
  isOpen = false
  #notes: Note[] = []
  #events = 0
  /** By receiver, then by event type. */
  readonly #types = new Map<AnyActor, Map<string, EventsOfType>>()
  #steps = 0
  /** Latest step of each actor with more steps than the maximum, by session. */
  readonly #latest = new Map<string, Extract<Note, { type: 'step' }>>()
  #edges: CountedEdge[] = []

  /** Notes the start of an actor. The start of a machine is always noted, because later messages refer to it. Effects are many. */
  start(actor: AnyActor, isMachine: boolean, at: Millis): void {
    if (!isMachine && this.#events >= MAX_EVENTS) return
    this.#events += 1
    this.#notes.push({ type: 'start', actor, snapshot: actor.getSnapshot(), at })
  }

  event(
    actor: AnyActor,
    source: { readonly sessionId: string } | undefined,
    event: AnyEventObject,
    at: Millis,
  ): void {
    const sourceId = source?.sessionId ?? null
    const ofType = this.#ofType(actor, event.type)
    if (this.#events < MAX_EVENTS && ofType.noted < MAX_PER_TYPE) {
      this.#events += 1
      ofType.noted += 1
      this.#notes.push({ type: 'event', actor, sourceId, event, at })
      return
    }
    const edge = ofType.counted.find((each) => each.sourceId === sourceId)
    if (edge !== undefined) edge.count += 1
    else if (this.#edges.length < MAX_EDGES) {
      const fresh = { sourceId, sessionId: actor.sessionId, event: event.type, count: 1 }
      ofType.counted.push(fresh)
      this.#edges.push(fresh)
    }
  }

  #ofType(actor: AnyActor, type: string): EventsOfType {
    const known = this.#types.get(actor)?.get(type)
    if (known !== undefined) return known
    const ofType: EventsOfType = { noted: 0, counted: [] }
    const ofActor = this.#types.get(actor)
    if (ofActor === undefined) this.#types.set(actor, new Map([[type, ofType]]))
    else ofActor.set(type, ofType)
    return ofType
  }

  /** Notes a change of state, or the end of an actor. */
  step(
    actor: AnyActor,
    snapshot: SomeSnapshot,
    event: AnyEventObject,
    transitions: readonly AnyTransitionDefinition[],
    at: Millis,
  ): void {
    const step = { type: 'step', actor, snapshot, event, transitions, at } as const
    if (this.#steps >= MAX_STEPS) {
      this.#latest.set(actor.sessionId, step)
      return
    }
    this.#steps += 1
    this.#latest.delete(actor.sessionId)
    this.#notes.push(step)
  }

  /** Notes a step without a change of state: only the context changed. */
  context(actor: AnyActor, snapshot: SomeSnapshot, event: AnyEventObject, at: Millis): void {
    this.#latest.set(actor.sessionId, { type: 'step', actor, snapshot, event, transitions: [], at })
  }

  fact(fact: Fact, at: Millis): void {
    if (this.#steps >= MAX_STEPS) return
    this.#steps += 1
    this.#notes.push({ type: 'fact', fact, at })
  }

  sample(sample: Sample, at: Millis): void {
    this.#notes.push({ type: 'sample', sample, at })
  }

  /** Takes all notes since the last call, in order. */
  take(at: Millis): readonly Note[] {
    const notes = [...this.#notes, ...this.#latest.values()].sort((one, other) => one.at - other.at)
    if (this.#edges.length > 0) notes.push({ type: 'traffic', edges: this.#edges, at })
    this.#notes = []
    this.#events = 0
    this.#steps = 0
    this.#types.clear()
    this.#latest.clear()
    this.#edges = []
    return notes
  }
}
