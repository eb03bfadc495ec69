/** The events that machines give themselves, as a path has them: promises that end, time that passes. */
import type { AnyMachineSnapshot } from 'xstate'
import { hears } from './edges.ts'
import type { ModelEvent } from './paths.ts'

/** An effect answers. */
export function done(effect: string, output: unknown, label: string): ModelEvent {
  return { type: `xstate.done.actor.${effect}`, actorId: effect, output, label }
}

/** An effect fails, or an actor dies. */
export function fails(effect: string, error = new Error('no answer')): ModelEvent {
  return {
    type: `xstate.error.actor.${effect}`,
    actorId: effect,
    error,
    label: `${effect}: ${error.message}`,
  }
}

/** A state's delay is over. */
export function after(delay: string, state: string): ModelEvent {
  return { type: `xstate.after.${delay}.${state}`, label: `${delay} of ${state} is over` }
}

/**
 * Leaves out what cannot happen (an answer that nobody waits for, the end of a delay of a state that is not active), and
 * what nobody listens to. What a guard refuses stays in.
 */
export function possible(snapshot: AnyMachineSnapshot, events: readonly ModelEvent[]): readonly ModelEvent[] {
  const heard = [...new Set(snapshot._nodes.flatMap((node) => [...node.transitions.keys()]))]
  return events.filter(({ type }) => {
    const [, kind, effect = ''] = /^xstate\.(done\.actor|error\.actor|after)\.(.+)$/.exec(type) ?? []
    const isWaitedFor = kind === undefined || kind === 'after' || snapshot.children[effect] !== undefined
    return isWaitedFor && heard.some((descriptor) => hears(descriptor, type))
  })
}
