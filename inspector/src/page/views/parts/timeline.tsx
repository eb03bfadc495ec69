/** Events and facts, newest first, each with what it carries behind a click. */
import { useState } from 'preact/hooks'
import { duration, eventWords } from '../../format.ts'
import type { Entry } from '../../world/world.ts'
import { Panel, Time } from './basics.tsx'
import { Payload, summaryOf } from './payload.tsx'

/** Lines that are shown before one asks for more. */
const FIRST = 60

export function Timeline({ entries, since }: { entries: readonly Entry[]; since: number | null }) {
  const [isAll, setIsAll] = useState(false)
  const newest = entries.toReversed()
  const shown = isAll ? newest : newest.slice(0, FIRST)
  return (
    <Panel
      title="Events"
      note="newest first; click one for what it carries"
      class={since === null ? 'timeline' : 'timeline timed'}
    >
      {entries.length === 0 && <p class="none">None has been seen since this page was opened.</p>}
      <ol>
        {shown.map((entry) => (
          <Line key={entry.id} entry={entry} since={since} />
        ))}
      </ol>
      {shown.length < newest.length && (
        <button type="button" onClick={() => setIsAll(true)}>
          All {newest.length}
        </button>
      )}
    </Panel>
  )
}

function Line({ entry, since }: { entry: Entry; since: number | null }) {
  const { at, kind, type, from, payload } = entry
  return (
    <li class={kind}>
      <details>
        <summary>
          <Time at={at} />
          {since !== null && <small class="after">+{duration(at - since)}</small>}
          <b>{eventWords(type)}</b>
          <small class="from">{kind === 'fact' ? 'told' : from === null ? '' : `from ${from}`}</small>
          <small class="summary">{summaryOf(payload)}</small>
        </summary>
        <Payload fields={payload} />
      </details>
    </li>
  )
}
