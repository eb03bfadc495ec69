/** The page's state: the stream, the history, where the viewer stands in it, and the route. */
import type { Message, Welcome } from '../wire.ts'
import { begin, extend, type History, worldAt } from './history.ts'
import type { World } from './world.ts'

type Link = 'connecting' | 'live' | 'reconnecting' | 'outdated'

export interface View {
  readonly link: Link
  readonly history: History | null
  /** How many messages are shown; null for all, as they come. */
  readonly position: number | null
  readonly world: World | null
  readonly route: readonly string[]
}

/** A stream that is silent for so long is dead. */
const SILENCE_MS = 6_000

let view: View = { link: 'connecting', history: null, position: null, world: null, route: routeOf() }
let draw: (view: View) => void = () => {}
let source: EventSource | null = null
let silence = 0

function routeOf(): readonly string[] {
  return location.hash.replace(/^#\/?/, '').split('/').filter(Boolean).map(decodeURIComponent)
}

function update(change: Partial<View>): void {
  const next = { ...view, ...change }
  const { history, position } = next
  if (history !== view.history || position !== view.position) {
    const world = history === null ? null : position === null ? history.world : worldAt(history, position)
    view = { ...next, world }
  } else view = next
  draw(view)
}

export function start(onChange: (view: View) => void): void {
  draw = onChange
  addEventListener('hashchange', () => update({ route: routeOf() }))
  connect()
  draw(view)
}

function connect(): void {
  source?.close()
  source = new EventSource('/inspector/stream')
  source.addEventListener('welcome', ({ data }) => {
    const welcome: Welcome = JSON.parse(data)
    if (welcome.version !== 1) return update({ link: 'outdated' })
    alive()
    update({ link: 'live', history: begin(welcome), position: null })
  })
  source.addEventListener('messages', ({ data }) => {
    const messages: readonly Message[] = JSON.parse(data)
    alive()
    if (view.history === null) return
    const history = extend(view.history, messages)
    const isFolded = history.start !== view.history.start
    const lost = view.history.messages.length + messages.length - history.messages.length
    const position = view.position === null || !isFolded ? view.position : Math.max(0, view.position - lost)
    update({ link: 'live', history, position })
  })
  source.onerror = lost
}

function alive(): void {
  clearTimeout(silence)
  silence = window.setTimeout(lost, SILENCE_MS)
}

/** The browser comes back by itself after a break, but not after a refusal. */
function lost(): void {
  clearTimeout(silence)
  update({ link: view.history === null ? 'connecting' : 'reconnecting' })
  source?.close()
  silence = window.setTimeout(connect, 1_000)
}

/** @param position how many messages; clamped */
export function seek(position: number): void {
  const last = view.history?.messages.length ?? 0
  update({ position: Math.max(0, Math.min(last, position)) })
}

export const step = (by: number): void => seek((view.position ?? view.history?.messages.length ?? 0) + by)

export const toggle = (): void => (view.position === null ? step(0) : update({ position: null }))
