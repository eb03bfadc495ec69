/** Events and facts, newest first. A click shows the fields. */
import { useState } from 'preact/hooks'
import { duration, eventWords } from '../../format.ts'
import { type Entry, OUTSIDE } from '../../world/world.ts'
import { Panel, Time } from './basics.tsx'
import { Payload, summaryOf } from './payload.tsx'

/** Number of lines before the button for all lines. */
const FIRST = 60

export function Timeline({ entries, since }: { entries: readonly Entry[]; since: number | null }) {
  const [isAll, setIsAll] = useState(false)
  const newest = entries.toReversed()
  const shown = isAll ? newest : newest.slice(0, FIRST)
  return (
    <Panel
      title="Events"
      note="newest first. Click an event to see its fields"
      class={since === null ? 'timeline' : 'timeline timed'}
    >
      {entries.length === 0 && <p class="none">No event since this page was opened.</p>}
      <ol>
        {shown.map((entry) => (
          <Line key={entry.id} entry={entry} since={since} />
        ))}
      </ol>
      {shown.length < newest.length && (
        <button type="button" onClick={() => setIsAll(true)}>
          Show all {newest.length}
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
          <small class="from">{kind === 'fact' ? 'fact' : `from ${from ?? OUTSIDE}`}</small>
          <small class="summary">{summaryOf(payload)}</small>
        </summary>
        <Payload fields={payload} />
      </details>
    </li>
  )
}
