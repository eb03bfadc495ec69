/** Plays a replay: moves the position forward with the time of each frame. */
import { timeAt } from '../world/history.ts'
import { played } from './store.ts'
import type { Replay, View } from './view.ts'

/** Maximum pause between two messages. Longer pauses are shortened. */
const LONGEST_MS = 2_000

let frame = 0
let playing: Replay | null = null

export function follow({ replay }: View): void {
  const isPlaying = replay !== null && replay.speed !== null
  playing = isPlaying ? replay : null
  if (isPlaying && frame === 0) frame = requestAnimationFrame((at) => play(at, at))
}

function play(before: number, at: number): void {
  frame = 0
  if (playing === null) return
  const { history, position, speed } = playing
  const due = (at - before) * (speed ?? 1) + carried
  const [next, rest] = advance(history, position, due)
  carried = rest
  if (next !== position) played(next)
  if (playing !== null) frame = requestAnimationFrame((now) => play(at, now))
  else carried = 0
}

/** Rest of the played time, too short for the next message. */
let carried = 0

type History = Replay['history']

function advance(history: History, position: number, due: number): readonly [number, number] {
  let [next, rest] = [position, due]
  while (next < history.messages.length) {
    const pause = Math.min(LONGEST_MS, Math.max(0, timeAt(history, next + 1) - timeAt(history, next)))
    if (pause > rest) break
    rest -= pause
    next += 1
  }
  return [next, rest]
}
