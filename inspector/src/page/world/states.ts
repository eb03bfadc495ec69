/** States of machines, in words and tones, and how long each was held. */
import type { Run } from './world.ts'

/**
 * What a state means to whoever glances at it. A state that is not in the table is `calm`: its word says the rest.
 * - `calm`: nothing to do; `work`: something is under way; `hold`: it waits for another; `fly`: a transaction is on its way;
 * - `land`: it is in a block; `good`, `warn`, `bad`: what they say.
 */
export type Tone = 'calm' | 'work' | 'hold' | 'fly' | 'included' | 'good' | 'warn' | 'bad'

/** By name, of the innermost state first. */
const TONES: Readonly<Record<string, Tone>> = {
  Pending: 'hold',
  Simulating: 'work',
  ReadyToSubmit: 'hold',
  Submitted: 'fly',
  Confirming: 'included',
  Reading: 'included',
  Resubmitting: 'warn',
  Finalized: 'good',
  Failed: 'bad',
  Running: 'good',
  Following: 'good',
  Tracking: 'good',
  Ready: 'good',
  Collecting: 'work',
  Selecting: 'work',
  Writing: 'work',
  Signing: 'work',
  Recording: 'work',
  Refreshing: 'work',
  Syncing: 'work',
  Connecting: 'work',
  Starting: 'work',
  Recovering: 'work',
  Healing: 'warn',
  Throttled: 'warn',
  Draining: 'warn',
  Restarting: 'warn',
  Pausing: 'warn',
  LowFunds: 'bad',
  Unreachable: 'bad',
  Stalled: 'bad',
  Failing: 'bad',
}

/** Where an inner state alone would mislead: a batch that reads its outcome is not merely "running". */
const SHADOWED: ReadonlySet<string> = new Set(['Running', 'Alive'])

/** The tone of active states, outermost first, and the name of the state that gives it. */
export function tellingState(states: readonly string[]): { readonly name: string; readonly tone: Tone } {
  const [machine, ...names] = (states.at(-1) ?? '').split('.')
  if (machine === 'gateway')
    return { name: gatewayState(states), tone: TONES[gatewayState(states)] ?? 'calm' }
  const telling = names.findLast(
    (name, index) => TONES[name] !== undefined && !(SHADOWED.has(name) && index > 0),
  )
  const name = telling ?? names.at(-1) ?? ''
  return { name, tone: TONES[name] ?? 'calm' }
}

export const toneOf = (states: readonly string[]): Tone => tellingState(states).tone

/** `Submitted › Checking` of `pendingBatch.Submitted.Checking`; of parallel states, the first. */
export function stateWords(states: readonly string[]): string {
  const [machine, ...names] = (states.at(-1) ?? '').split('.')
  return machine === 'gateway' ? gatewayState(states) : names.join(' › ')
}

/** The outermost of the states, without the machine. */
export const topState = (states: readonly string[]): string => states[0]?.split('.')[1] ?? ''

/** The gateway is in several states at once; how its service is, is what one wants to know. */
function gatewayState(states: readonly string[]): string {
  const service = states.find((state) => state.startsWith('gateway.Active.Service.'))
  return service?.split('.').at(-1) ?? topState(states)
}

/** A time in which a machine stayed in the same states. */
export interface Stay {
  readonly states: readonly string[]
  readonly from: number
  readonly to: number
  /** The event that led there. */
  readonly event: string
  /** Whether it is there still. */
  readonly isLast: boolean
}

/** @param now when the last of them ends, if it has not ended */
export function staysOf({ steps, endedAt }: Run, now: number): readonly Stay[] {
  return steps.map(({ at, states, event }, index) => {
    const next = steps[index + 1]
    return {
      states,
      from: at,
      to: next?.at ?? endedAt ?? Math.max(now, at),
      event,
      isLast: next === undefined,
    }
  })
}

/** The same, with what goes on within a state left out: broadcasting and looking are both `Submitted`. */
export function longStaysOf(run: Run, now: number): readonly Stay[] {
  const stays: Stay[] = []
  for (const stay of staysOf(run, now)) {
    const last = stays.at(-1)
    if (last !== undefined && tellingState(last.states).name === tellingState(stay.states).name) {
      stays[stays.length - 1] = { ...last, to: stay.to, isLast: stay.isLast }
    } else stays.push(stay)
  }
  return stays
}
