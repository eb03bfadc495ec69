/** Events of xstate itself on a path: results of effects and ends of delays. */
import type { AnyMachineSnapshot } from 'xstate'
import { handles } from './edges.ts'
import type { ModelEvent } from './paths.ts'

/** An effect answers. */
export function done(effect: string, output: unknown, label: string): ModelEvent {
  return { type: `xstate.done.actor.${effect}`, actorId: effect, output, label }
}

/** An effect fails, or an actor crashes. */
export function fails(effect: string, error = new Error('no answer')): ModelEvent {
  return {
    type: `xstate.error.actor.${effect}`,
    actorId: effect,
    error,
    label: `${effect}: ${error.message}`,
  }
}

/** The end of a state's delay. */
export function after(delay: string, state: string): ModelEvent {
  return { type: `xstate.after.${delay}.${state}`, label: `${delay} of ${state} is over` }
}

/**
 * Removes impossible events (the result of an effect that does not run, the end of a delay of an inactive state) and events
 * without a handler. Events that a guard refuses stay.
 */
export function possible(snapshot: AnyMachineSnapshot, events: readonly ModelEvent[]): readonly ModelEvent[] {
  const descriptors = [...new Set(snapshot._nodes.flatMap((node) => [...node.transitions.keys()]))]
  return events.filter(({ type }) => {
    const [, kind, effect = ''] = /^xstate\.(done\.actor|error\.actor|after)\.(.+)$/.exec(type) ?? []
    const isWaitedFor = kind === undefined || kind === 'after' || snapshot.children[effect] !== undefined
    return isWaitedFor && descriptors.some((descriptor) => handles(descriptor, type))
  })
}
