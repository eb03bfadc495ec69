/**
 * What `createActor(…, { inspect })` is given. It is called in the middle of every step of every actor, so it does as little
 * as it can: it follows paths, and while somebody watches it notes references, which are looked at later.
 *
 * It never throws: xstate wedges an actor for good whose inspection observer does.
 */
import {
  Actor,
  type AnyActor,
  type AnyTransitionDefinition,
  type InspectionEvent,
  isMachineSnapshot,
} from 'xstate'
import type { Now } from '../domain/primitives.ts'
import { isMachine } from './definition.ts'
import type { Notes } from './notes.ts'
import type { Paths } from './paths.ts'

export interface Observation {
  readonly now: Now
  readonly paths: Paths
  /** Where what is told to viewers is noted; closed while there are none. */
  readonly notes: Notes
}

export class Observer {
  readonly #observation: Observation
  /** Transitions that were taken since the actor's last snapshot; those that lead nowhere are left out. */
  readonly #taken = new WeakMap<AnyActor, AnyTransitionDefinition[]>()
  #root: AnyActor | null = null

  constructor(observation: Observation) {
    this.#observation = observation
  }

  /** The root of the system that is observed; null before it is made. */
  get root(): AnyActor | null {
    return this.#root
  }

  readonly observe = (inspection: InspectionEvent): void => {
    try {
      if (inspection.actorRef instanceof Actor) this.#note(inspection.actorRef, inspection)
    } catch {
      // What cannot be observed goes on unobserved.
    }
  }

  #note(actor: AnyActor, inspection: InspectionEvent): void {
    switch (inspection.type) {
      case '@xstate.actor':
        if (actor._parent === undefined) this.#root ??= actor
        return
      case '@xstate.microstep':
        this.#noteTransitions(actor, inspection._transitions)
        return
      case '@xstate.event':
        this.#noteEvent(actor, inspection)
        return
      case '@xstate.snapshot':
        this.#noteSnapshot(actor, inspection)
        return
    }
  }

  #noteTransitions(actor: AnyActor, transitions: readonly AnyTransitionDefinition[]): void {
    for (const transition of transitions) {
      if (transition.target === undefined) continue
      const taken = this.#taken.get(actor)
      if (taken === undefined) this.#taken.set(actor, [transition])
      else taken.push(transition)
    }
  }

  /**
   * What an actor is sent before anything else is its birth: only then does it have a snapshot to show. What effects are
   * sent (their own results) is not told: their end is.
   */
  #noteEvent(
    actor: AnyActor,
    { event, sourceRef }: Extract<InspectionEvent, { type: '@xstate.event' }>,
  ): void {
    const { paths, notes, now } = this.#observation
    if (event.type === 'xstate.init') {
      const snapshot: unknown = actor.getSnapshot()
      const hasStates = isMachineSnapshot(snapshot)
      if (hasStates) {
        const transitions = this.#takeTransitions(actor)
        paths.begin(actor, snapshot, { at: now(), nodes: snapshot._nodes, event: event.type, transitions })
      }
      if (notes.isOpen) notes.birth(actor, hasStates, now())
    } else if (notes.isOpen && isMachine(actor.logic)) notes.event(actor, sourceRef, event, now())
  }

  /** An actor of which a step has thrown says nothing any more: this looks for such. */
  readonly sweep = (): void => {
    const { paths, notes, now } = this.#observation
    for (const actor of paths.sweep(now())) {
      if (notes.isOpen) notes.step(actor, actor.getSnapshot(), { type: 'xstate.error' }, NONE, now())
    }
  }

  #noteSnapshot(
    actor: AnyActor,
    { event, snapshot }: Extract<InspectionEvent, { type: '@xstate.snapshot' }>,
  ): void {
    const { paths, notes, now } = this.#observation
    if (!isMachineSnapshot(snapshot)) {
      // An effect has no states: all that is told of it is its end.
      if (notes.isOpen && snapshot.status !== 'active') notes.step(actor, snapshot, event, [], now())
      return
    }
    const transitions = this.#takeTransitions(actor)
    const news = paths.follow(actor, snapshot, event.type, transitions, now)
    if (!notes.isOpen || news === 'nothing') return
    if (news === 'states') notes.step(actor, snapshot, event, transitions, now())
    else notes.context(actor, snapshot, event, now())
  }

  #takeTransitions(actor: AnyActor): readonly AnyTransitionDefinition[] {
    const taken = this.#taken.get(actor)
    if (taken === undefined) return NONE
    this.#taken.delete(actor)
    return taken
  }
}

const NONE: readonly AnyTransitionDefinition[] = []
