/** Keyboard shortcuts: key, description and action. */
import { hrefOf } from './route.ts'
import {
  dismiss,
  goLive,
  nextTheme,
  saveRecording,
  seek,
  step,
  toggleKeys,
  togglePause,
  togglePlay,
} from './store.ts'

interface Shortcut {
  /** Name of the key in the list of keys. */
  readonly shown: string
  readonly keys: readonly string[]
  readonly words: string
  readonly act: () => void
}

const go =
  (...route: readonly string[]) =>
  () => {
    location.hash = hrefOf(...route)
  }

const click = (id: string) => () => document.getElementById(id)?.click()

export const SHORTCUTS: readonly Shortcut[] = [
  { shown: '1', keys: ['1'], words: 'Overview', act: go() },
  { shown: '2', keys: ['2'], words: 'Batches', act: go('batches') },
  { shown: '3', keys: ['3'], words: 'Lanes', act: go('lanes') },
  { shown: '/', keys: ['/'], words: 'Search', act: () => document.getElementById('search')?.focus() },
  { shown: 'Space', keys: [' '], words: 'Pause, or go live', act: togglePause },
  { shown: '←', keys: ['ArrowLeft'], words: 'One event back', act: () => step(-1, 'event') },
  { shown: '→', keys: ['ArrowRight'], words: 'One event forward', act: () => step(1, 'event') },
  {
    shown: 'Shift ←',
    keys: ['Shift+ArrowLeft'],
    words: 'Back to the previous change of state',
    act: () => step(-1, 'change'),
  },
  {
    shown: 'Shift →',
    keys: ['Shift+ArrowRight'],
    words: 'Forward to the next change of state',
    act: () => step(1, 'change'),
  },
  { shown: 'Home', keys: ['Home'], words: 'Go to the start', act: () => seek(0) },
  { shown: 'End', keys: ['End'], words: 'Go to the end', act: () => seek(Number.POSITIVE_INFINITY) },
  { shown: 'P', keys: ['p'], words: 'Play, or stop playing', act: () => togglePlay(1) },
  { shown: 'L', keys: ['l'], words: 'Go live', act: goLive },
  { shown: 'S', keys: ['s'], words: 'Save a recording', act: saveRecording },
  { shown: 'O', keys: ['o'], words: 'Open a recording', act: click('open') },
  { shown: 'T', keys: ['t'], words: 'Switch colours: system, dark, light', act: nextTheme },
  { shown: '?', keys: ['?', 'Shift+?'], words: 'Show the keys', act: toggleKeys },
  { shown: 'Esc', keys: ['Escape'], words: 'Close the dialog', act: dismiss },
]

/** A text field keeps all keys except Escape. Escape leaves the field. Sliders handle arrow keys and buttons handle Space. */
export function press(event: KeyboardEvent): void {
  const { target, key, shiftKey, ctrlKey, metaKey, altKey } = event
  if (ctrlKey || metaKey || altKey) return
  const field = target instanceof HTMLInputElement ? target : null
  if (field !== null && field.type !== 'range') {
    if (key === 'Escape') field.blur()
    return
  }
  if (key === ' ' && target instanceof HTMLButtonElement) return
  const pressed = shiftKey && key.length > 1 ? `Shift+${key}` : key
  const shortcut = SHORTCUTS.find(
    ({ keys }) => keys.includes(pressed) || keys.includes(pressed.toLowerCase()),
  )
  if (shortcut === undefined) return
  event.preventDefault()
  shortcut.act()
}
