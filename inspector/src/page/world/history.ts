/** The received messages, and the world after any number of them. */
import type { Message, Recording, Welcome } from '../../wire.ts'
import { apply } from './apply.ts'
import { fromWelcome, toWelcome, type World } from './world.ts'

/** Default maximum of kept messages. At the maximum, the older half is applied to the start and dropped. */
export const KEPT = 20_000
/** Number of messages between two stored worlds. */
const STRIDE = 500

export interface History {
  readonly start: World
  readonly messages: readonly Message[]
  /** The world before each `STRIDE`th message. */
  readonly marks: readonly World[]
  /** World after the last message. */
  readonly world: World
}

export function begin(welcome: Welcome): History {
  return beginAt(fromWelcome(welcome))
}

function beginAt(start: World): History {
  return { start, messages: [], marks: [start], world: start }
}

/** @param most maximum number of kept messages */
export function extend(history: History, more: readonly Message[], most = KEPT): History {
  let { world } = history
  const marks = [...history.marks]
  let count = history.messages.length
  for (const message of more) {
    world = apply(world, message)
    count += 1
    if (count % STRIDE === 0) marks.push(world)
  }
  const messages = [...history.messages, ...more]
  const extended = { ...history, messages, marks, world }
  if (messages.length <= most) return extended
  const kept = messages.slice(messages.length - Math.floor(most / 2))
  return extend(beginAt(worldAt(extended, messages.length - kept.length)), kept, most)
}

/** @param count number of applied messages */
export function worldAt({ messages, marks, world, start }: History, count: number): World {
  if (count >= messages.length) return world
  const mark = Math.floor(count / STRIDE)
  return messages.slice(mark * STRIDE, count).reduce(apply, marks[mark] ?? start)
}

export function toRecording({ start, messages }: History): Recording {
  return { format: 'opsbatcher-recording', version: 1, welcome: toWelcome(start), messages }
}

/** Loads a whole recording. Its length is not limited. */
export function fromRecording({ welcome, messages }: Recording): History {
  return extend(begin(welcome), messages, Number.POSITIVE_INFINITY)
}

/** True if a step through the history stops after a message. */
export type IsStop = (message: Message) => boolean

/** Stops at every message except samples and traffic. */
export const isEvent: IsStop = ({ type }) => type !== 'opsbatcher.sample' && type !== 'opsbatcher.traffic'

/** @param isConcerned true for the actors whose changes of state are a stop */
export const isChangeOf =
  (isConcerned: (sessionId: string) => boolean): IsStop =>
  (message) => {
    if (message.type === '@xstate.actor') return message.machine !== null && isConcerned(message.sessionId)
    if (message.type !== '@xstate.snapshot') return false
    return message.transitions.length > 0 && isConcerned(message.sessionId)
  }

/**
 * @param count position: number of applied messages
 * @param by 1 for the next stop, -1 for the previous stop
 * @returns the new position. Without another stop: the end or the start of the history.
 */
export function nextStop({ messages }: History, count: number, by: 1 | -1, isStop: IsStop): number {
  let next = Math.max(0, Math.min(messages.length, count + by))
  while (next > 0 && next < messages.length) {
    const message = messages[next - 1]
    if (message === undefined || isStop(message)) break
    next += by
  }
  return next
}

/** Time of the last applied message. For position 0, the time of the start. */
export function timeAt({ messages, start }: History, count: number): number {
  const message = messages[count - 1]
  return message === undefined ? start.at : Number(message.createdAt)
}
