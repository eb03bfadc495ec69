/** Names, tones and durations of states. */
import type { Run } from './world.ts'

/**
 * The tone of a state sets the colour. A state without an entry in the table is `calm`.
 * - `calm`: idle. `work`: at work. `hold`: waits. `flight`: a transaction is sent and not included.
 * - `included`: the transaction is in a block. `good`: healthy. `warn`: needs attention. `bad`: failed.
 */
export type Tone = 'calm' | 'work' | 'hold' | 'flight' | 'included' | 'good' | 'warn' | 'bad'

/** Tone by state name. The innermost state with a tone counts. */
const TONES: Readonly<Record<string, Tone>> = {
  Pending: 'hold',
  Simulating: 'work',
  ReadyToSubmit: 'hold',
  Submitted: 'flight',
  Confirming: 'included',
  Reading: 'included',
  BackingOff: 'warn',
  Replanning: 'warn',
  Resubmitting: 'warn',
  Finalized: 'good',
  Failed: 'bad',
  Running: 'good',
  Open: 'good',
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
  Standby: 'hold',
  Taking: 'work',
  Standing: 'hold',
  Permanent: 'good',
  Holding: 'good',
  Settling: 'work',
  Healing: 'warn',
  Throttled: 'warn',
  Draining: 'warn',
  Closed: 'warn',
  Restarting: 'warn',
  Pausing: 'warn',
  LowFunds: 'bad',
  Unreachable: 'bad',
  Stopped: 'bad',
  Stalled: 'bad',
  Failing: 'bad',
}

/** Names of ignored inner states: the outer state says more. */
const SHADOWED: ReadonlySet<string> = new Set(['Running', 'Alive'])

/** Of two states in parallel, the one with the earlier tone says more. */
const URGENCY: readonly Tone[] = ['bad', 'warn', 'included', 'flight', 'work', 'hold', 'good', 'calm']

interface TellingState {
  readonly name: string
  readonly tone: Tone
}

/** The tone of the active states (outermost first), and the name of the state with this tone. */
export function tellingState(states: readonly string[]): TellingState {
  if (states[0]?.startsWith('gateway.'))
    return { name: gatewayState(states), tone: TONES[gatewayState(states)] ?? 'calm' }
  const [most = { name: '', tone: 'calm' }] = leavesOf(states)
    .map(tellingIn)
    .sort((one, other) => URGENCY.indexOf(one.tone) - URGENCY.indexOf(other.tone))
  return most
}

/** The innermost active states: one for each region of a parallel state. */
export function leavesOf(states: readonly string[]): readonly string[] {
  return states.filter((state) => !states.some((other) => other.startsWith(`${state}.`)))
}

function tellingIn(leaf: string): TellingState {
  const names = leaf.split('.').slice(1)
  const telling = names.findLast(
    (name, index) => TONES[name] !== undefined && !(SHADOWED.has(name) && index > 0),
  )
  const name = telling ?? names.at(-1) ?? ''
  return { name, tone: TONES[name] ?? 'calm' }
}

export const toneOf = (states: readonly string[]): Tone => tellingState(states).tone

/**
 * Converts the active states to `Ready › Signing`, and the regions of a parallel state to
 * `Submitted › Delivery › Resting, Evidence › Checking`.
 */
export function stateWords(states: readonly string[]): string {
  if (states[0]?.startsWith('gateway.')) return gatewayState(states)
  const [first = [], ...others] = leavesOf(states).map((leaf) => leaf.split('.').slice(1))
  const outer = topState(states)
  return [first, ...others.map((names) => (names[0] === outer ? names.slice(1) : names))]
    .map((names) => names.join(' › '))
    .join(', ')
}

/** Name of the outermost state. */
export const topState = (states: readonly string[]): string => states[0]?.split('.')[1] ?? ''

/** The gateway has parallel states. The page shows the state of the region `Service`. */
function gatewayState(states: readonly string[]): string {
  const service = states.find((state) => state.startsWith('gateway.Active.Service.'))
  return service?.split('.').at(-1) ?? topState(states)
}

/** A period without a change of the states of a machine. */
export interface Stay {
  readonly states: readonly string[]
  readonly from: number
  readonly to: number
  /** Event that caused the change. */
  readonly event: string
  /** True for the last stay. */
  readonly isLast: boolean
}

/** @param now end of the last stay while the actor is active */
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

/** The stays in states with a tone. Stays in inner states are merged: sending and checking are both `Submitted`. */
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
