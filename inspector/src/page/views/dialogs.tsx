/** The dialog of keys, and the notice of an error. */
import { useEffect, useRef } from 'preact/hooks'
import { integer } from '../format.ts'
import { SHORTCUTS } from '../state/keys.ts'
import { KEPT_CHOICES } from '../state/preferences.ts'
import { dismiss, keep } from '../state/store.ts'
import type { View } from '../state/view.ts'
import { Icon } from './parts/icons.tsx'

export function Keys({ view: { kept } }: { view: View }) {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => dialog.current?.showModal(), [])
  return (
    <dialog class="dialog" ref={dialog} aria-label="Keys" onClose={dismiss}>
      <header>
        <h2>Keys</h2>
        <button type="button" class="icon" aria-label="Close" onClick={dismiss}>
          <Icon name="close" />
        </button>
      </header>
      <dl class="keys">
        {SHORTCUTS.map(({ shown, words }) => (
          <div key={shown}>
            <dt>
              <kbd>{shown}</kbd>
            </dt>
            <dd>{words}</dd>
          </div>
        ))}
      </dl>
      <label class="kept">
        Keep the last
        <select value={kept} onChange={({ currentTarget }) => keep(Number(currentTarget.value))}>
          {KEPT_CHOICES.map((choice) => (
            <option key={choice} value={choice}>
              {integer(choice)}
            </option>
          ))}
        </select>
        events for a replay.
      </label>
    </dialog>
  )
}

export function Notice({ text }: { text: string }) {
  return (
    <div class="notice" role="alert">
      <span>{text}</span>
      <button type="button" class="icon" aria-label="Dismiss" onClick={dismiss}>
        <Icon name="close" />
      </button>
    </div>
  )
}
