/** What has been received, bounded, and the world as it was after any part of it. */
import type { Message, Recording, Welcome } from '../../wire.ts'
import { apply } from './apply.ts'
import { fromWelcome, toWelcome, type World } from './world.ts'

/** Most messages that are kept of a stream, when nobody says otherwise; then the older half is folded into the start. */
export const KEPT = 20_000
/** Messages between the worlds that are kept to start from. */
const STRIDE = 500

export interface History {
  readonly start: World
  readonly messages: readonly Message[]
  /** The world before each `STRIDE`th message. */
  readonly marks: readonly World[]
  /** After the last message. */
  readonly world: World
}

export function begin(welcome: Welcome): History {
  return beginAt(fromWelcome(welcome))
}

function beginAt(start: World): History {
  return { start, messages: [], marks: [start], world: start }
}

/** @param most how many messages are kept */
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

/** @param count after how many of the messages */
export function worldAt({ messages, marks, world, start }: History, count: number): World {
  if (count >= messages.length) return world
  const mark = Math.floor(count / STRIDE)
  return messages.slice(mark * STRIDE, count).reduce(apply, marks[mark] ?? start)
}

export function toRecording({ start, messages }: History): Recording {
  return { format: 'opsbatcher-recording', version: 1, welcome: toWelcome(start), messages }
}

/** All of a recording, however long. */
export function fromRecording({ welcome, messages }: Recording): History {
  return extend(begin(welcome), messages, Number.POSITIVE_INFINITY)
}

/** Whether something can be seen to differ after a message. */
export type IsStop = (message: Message) => boolean

/** Everything but figures and counts. */
export const isEvent: IsStop = ({ type }) => type !== 'opsbatcher.sample' && type !== 'opsbatcher.traffic'

/** @param isConcerned whether a change of this actor is sought */
export const isChangeOf =
  (isConcerned: (sessionId: string) => boolean): IsStop =>
  (message) => {
    if (message.type === '@xstate.actor') return message.machine !== null && isConcerned(message.sessionId)
    if (message.type !== '@xstate.snapshot') return false
    return message.transitions.length > 0 && isConcerned(message.sessionId)
  }

/**
 * @param count where one is: after how many of the messages
 * @param by 1 for the next, -1 for the one before
 * @returns after how many messages one is then; the end, or the beginning, when there is no other
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

/** When the last of so many messages was sent; of none, when it began. */
export function timeAt({ messages, start }: History, count: number): number {
  const message = messages[count - 1]
  return message === undefined ? start.at : Number(message.createdAt)
}
