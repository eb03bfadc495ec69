/**
 * The inspection observer for `createActor(…, { inspect })`. XState calls the observer during every step of every actor. Therefore
 * the observer does little: it follows paths and, while viewers are connected, notes references for later.
 *
 * It never throws, because an exception in the observer would block the observed actor for ever.
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
  /** Notes for viewers. Closed while there are no viewers. */
  readonly notes: Notes
}

export class Observer {
  readonly #observation: Observation
  /** Transitions since the last snapshot of an actor. Transitions without a target are left out. */
  readonly #taken = new WeakMap<AnyActor, AnyTransitionDefinition[]>()
  #root: AnyActor | null = null

  constructor(observation: Observation) {
    this.#observation = observation
  }

  /** The root actor of the observed system. Null before the root starts. */
  get root(): AnyActor | null {
    return this.#root
  }

  readonly observe = (inspection: InspectionEvent): void => {
    try {
      if (inspection.actorRef instanceof Actor) this.#note(inspection.actorRef, inspection)
    } catch {
      // The actor continues without observation.
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
   * The first event of an actor is `xstate.init`: the actor starts and has a snapshot. An effect sends the result
   * to itself. This event is not noted. The end of an effect, and events from the parent, are noted.
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
      if (notes.isOpen) notes.start(actor, hasStates, now())
      return
    }
    const isFromParent = sourceRef !== undefined && sourceRef === actor._parent
    if (notes.isOpen && (isMachine(actor.logic) || isFromParent)) notes.event(actor, sourceRef, event, now())
  }

  /** Finds crashed actors. XState sends no snapshot when the step of an actor has thrown. */
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
      // An effect has no states. Only the end of an effect is noted.
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
