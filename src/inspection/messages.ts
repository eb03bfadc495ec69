/** Converts notes to messages of the live view, in the format of `@statelyai/inspect`. */
import { Actor, type AnyActor, isMachineSnapshot, type Snapshot } from 'xstate'
import type { ActorMessage, ActorSnapshot, Message } from '../../inspector/src/wire.ts'
import type { Millis } from '../domain/primitives.ts'
import { viewContext } from './contexts.ts'
import { actorName, definitionOf, isMachine } from './definition.ts'
import { viewEvent } from './eventView.ts'
import type { Note } from './notes.ts'
import { stateIds, transitionIds } from './paths.ts'
import { firstLine } from './text.ts'

/** Version of `@statelyai/inspect`: it defines the format. */
const SHAPES_VERSION = '0.7.2'

/** Creates messages with unique ids. */
export class Messages {
  #count = 0
  /** Session id of the root actor. */
  #rootId: string | null = null

  /** @returns null if the note cannot be converted */
  of(note: Note): Message | null {
    try {
      return this.#translate(note)
    } catch {
      return null
    }
  }

  start(actor: AnyActor, snapshot: Snapshot<unknown>, at: Millis): ActorMessage {
    const { logic, id } = actor
    const machine = isMachine(logic) ? logic : null
    return {
      type: '@xstate.actor',
      ...this.#about(actor, at),
      name: actorName(actor),
      parentId: actor._parent?.sessionId ?? null,
      definition: machine === null ? JSON.stringify({ id }) : definitionOf(machine),
      machine: machine?.id ?? null,
      snapshot: viewSnapshot(snapshot, true),
      states: statesOf(snapshot),
    }
  }

  #translate(note: Note): Message {
    const { at } = note
    switch (note.type) {
      case 'start':
        return this.start(note.actor, note.snapshot, at)
      case 'event': {
        const { actor, sourceId, event } = note
        return { type: '@xstate.event', ...this.#about(actor, at), sourceId, event: viewEvent(event) }
      }
      case 'step': {
        const { actor, snapshot, event, transitions } = note
        return {
          type: '@xstate.snapshot',
          ...this.#about(actor, at),
          event: viewEvent(event),
          snapshot: viewSnapshot(snapshot, false),
          states: statesOf(snapshot),
          transitions: transitionIds(transitions),
        }
      }
      case 'fact':
        return { type: 'opsbatcher.fact', ...this.#stamp(at), fact: note.fact }
      case 'sample':
        return { type: 'opsbatcher.sample', ...this.#stamp(at), sample: note.sample }
      case 'traffic':
        return { type: 'opsbatcher.traffic', ...this.#stamp(at), edges: note.edges }
    }
  }

  #about(actor: AnyActor, at: Millis) {
    this.#rootId ??= rootIdOf(actor)
    return {
      sessionId: actor.sessionId,
      rootId: this.#rootId,
      ...this.#stamp(at),
      _version: SHAPES_VERSION,
    }
  }

  #stamp(at: Millis) {
    this.#count += 1
    return { createdAt: String(at), id: String(this.#count) }
  }
}

function rootIdOf(actor: AnyActor): string {
  let root: { readonly sessionId: string; readonly _parent?: unknown } = actor
  while (root._parent instanceof Actor) root = root._parent
  return root.sessionId
}

function viewSnapshot(snapshot: Snapshot<unknown>, isStart: boolean): ActorSnapshot {
  const { status } = snapshot
  const error = status === 'error' ? { error: firstLine(snapshot.error) } : {}
  if (!isMachineSnapshot(snapshot)) return { status, ...error }
  const context = viewContext(snapshot.machine.id, snapshot.context, isStart)
  return { status, value: snapshot.value, ...(context !== undefined && { context }), ...error }
}

function statesOf(snapshot: Snapshot<unknown>): readonly string[] {
  return isMachineSnapshot(snapshot) ? stateIds(snapshot._nodes) : []
}
