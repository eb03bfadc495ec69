/** Preferences of the viewer, stored by the browser. */
import { KEPT } from '../world/history.ts'
import type { Theme, View } from './view.ts'

type Preferences = Pick<View, 'theme' | 'kept'>

const KEY = 'opsbatcher.inspector'
const THEMES: readonly Theme[] = ['system', 'light', 'dark']
/** Choices for the number of kept messages. A busy gateway sends a few hundred per second. */
export const KEPT_CHOICES: readonly number[] = [1_000, 5_000, KEPT, 100_000]

/** Missing or invalid preferences are replaced by defaults. */
export function readPreferences(): Preferences {
  try {
    const { theme, kept } = JSON.parse(localStorage.getItem(KEY) ?? '{}')
    return {
      theme: THEMES.includes(theme) ? theme : 'system',
      kept: KEPT_CHOICES.includes(kept) ? kept : KEPT,
    }
  } catch {
    return { theme: 'system', kept: KEPT }
  }
}

export function writePreferences(preferences: Preferences): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(preferences))
  } catch {
    // Without storage, the preferences last until the page closes.
  }
}
