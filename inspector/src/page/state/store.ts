/** The state of the page, and the actions that change the state. */
import { RecordingError, readRecording } from '../../wire/recording.ts'
import type { Message, Welcome } from '../../wire.ts'
import { contextOf } from '../world/batches.ts'
import {
  begin,
  extend,
  fromRecording,
  type History,
  isChangeOf,
  isEvent,
  nextStop,
  toRecording,
  worldAt,
} from '../world/history.ts'
import { readPreferences, writePreferences } from './preferences.ts'
import { routeOf } from './route.ts'
import type { Link, Replay, Theme, View } from './view.ts'

let view: View = {
  link: 'connecting',
  live: null,
  replay: null,
  world: null,
  route: routeOf(location.hash),
  dialog: null,
  notice: null,
  ...readPreferences(),
}
let onChange: (view: View) => void = () => {}

export function subscribe(listener: (view: View) => void): void {
  onChange = listener
  listener(view)
}

function update(change: Partial<View>): void {
  const next = { ...view, ...change }
  const isSame = next.replay === view.replay && next.live === view.live
  view = isSame ? next : { ...next, world: shown(next.live, next.replay) }
  onChange(view)
}

function shown(live: History | null, replay: Replay | null) {
  return replay === null ? (live?.world ?? null) : worldAt(replay.history, replay.position)
}

/** Actions of the stream. */
export const received = {
  welcome(welcome: Welcome): void {
    if (welcome.version === 1) update({ link: 'live', live: begin(welcome) })
    else update({ link: 'outdated' })
  },
  messages(messages: readonly Message[]): void {
    if (view.live !== null) update({ link: 'live', live: extend(view.live, messages, view.kept) })
  },
  link(link: Link): void {
    if (view.link !== link) update({ link })
  },
}

export const navigated = (): void => update({ route: routeOf(location.hash) })

/** Pauses at the shown position. */
function pause(): Replay | null {
  if (view.replay !== null) return { ...view.replay, speed: null }
  if (view.live === null) return null
  return { history: view.live, position: view.live.messages.length, file: null, speed: null }
}

/** @param position number of messages before the position, clamped to the history */
export function seek(position: number): void {
  const replay = pause()
  if (replay === null) return
  const last = replay.history.messages.length
  update({ replay: { ...replay, position: Math.max(0, Math.min(last, position)) } })
}

/** @param stop any event, or a change of state. On the page of a batch or an actor, only its own changes of state count. */
export function step(by: 1 | -1, stop: 'event' | 'change'): void {
  const replay = pause()
  if (replay === null) return
  const { history, position } = replay
  const isStop = stop === 'event' ? isEvent : isChangeOf(concernOf(history, view.route))
  update({ replay: { ...replay, position: nextStop(history, position, by, isStop) } })
}

function concernOf({ world }: History, [name, id]: readonly string[]): (sessionId: string) => boolean {
  if (name !== 'batch' && name !== 'actor') return () => true
  return (sessionId) => {
    const run = world.runs.get(sessionId)
    return run !== undefined && id === (name === 'batch' ? contextOf(run).batchId : run.name)
  }
}

export const goLive = (): void => update({ replay: null })

export const togglePause = (): void => (view.replay === null ? update({ replay: pause() }) : goLive())

/** Starts or stops playing. Playing starts at the shown position, or at the start if the position is the end. */
export function togglePlay(speed: number): void {
  const replay = pause()
  if (replay === null) return
  const isPlaying = view.replay !== null && view.replay.speed !== null
  const isAtEnd = replay.position >= replay.history.messages.length
  const position = !isPlaying && isAtEnd ? 0 : replay.position
  update({ replay: { ...replay, position, speed: isPlaying ? null : speed } })
}

/** @param position new position of the running replay */
export function played(position: number): void {
  const { replay } = view
  if (replay === null || replay.speed === null) return
  const isOver = position >= replay.history.messages.length
  update({ replay: { ...replay, position, speed: isOver ? null : replay.speed } })
}

/** Saves the shown history as a file. */
export function saveRecording(): void {
  const history = view.replay?.history ?? view.live
  if (history === null) return
  const url = URL.createObjectURL(
    new Blob([JSON.stringify(toRecording(history))], { type: 'application/json' }),
  )
  const stamp = new Date(history.world.at).toISOString().slice(0, 19).replaceAll(':', '-')
  const link = Object.assign(document.createElement('a'), { href: url, download: `opsbatcher-${stamp}.json` })
  link.click()
  URL.revokeObjectURL(url)
}

export async function openRecording(file: File): Promise<void> {
  try {
    const history = fromRecording(readRecording(await file.text()))
    update({
      replay: { history, position: history.messages.length, file: file.name, speed: null },
      notice: null,
    })
  } catch (error) {
    const why = error instanceof RecordingError ? error.message : 'The page cannot show it.'
    update({ notice: `${file.name} was not opened. ${why}` })
  }
}

export const dismiss = (): void => update({ notice: null, dialog: null })

export const toggleKeys = (): void => update({ dialog: view.dialog === null ? 'keys' : null })

const NEXT_THEME: Readonly<Record<Theme, Theme>> = { system: 'dark', dark: 'light', light: 'system' }

export function nextTheme(): void {
  const theme = NEXT_THEME[view.theme]
  writePreferences({ theme, kept: view.kept })
  update({ theme })
}

export function keep(kept: number): void {
  writePreferences({ theme: view.theme, kept })
  update({ kept })
}
