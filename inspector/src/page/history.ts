/** What has been received, bounded, and the world as it was after any part of it. */
import type { Message, Welcome } from '../wire.ts'
import { apply, fromWelcome, toWelcome, type World } from './world.ts'

/** Most messages that are kept; then the older half is folded into the start. */
const MOST = 20_000
/** Messages between worlds that are kept to start from. */
const STRIDE = 500

export interface History {
  readonly start: Welcome
  readonly messages: readonly Message[]
  /** The world before each `STRIDE`th message. */
  readonly marks: readonly World[]
  /** After the last message. */
  readonly world: World
}

export function begin(start: Welcome): History {
  const world = fromWelcome(start)
  return { start, messages: [], marks: [world], world }
}

export function extend(history: History, more: readonly Message[], most = MOST): History {
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
  const rest = worldAt(extended, messages.length - kept.length)
  return extend(begin(toWelcome(rest)), kept, most)
}

/** @param count how many messages have been received */
export function worldAt({ messages, marks, world, start }: History, count: number): World {
  if (count >= messages.length) return world
  const mark = Math.floor(count / STRIDE)
  return messages.slice(mark * STRIDE, count).reduce(apply, marks[mark] ?? fromWelcome(start))
}
