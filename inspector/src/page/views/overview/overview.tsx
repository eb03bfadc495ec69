/** The overview: what is wrong or waits, results, diagram of actors, event log and figures over time. */
import { eventWords } from '../../format.ts'
import type { Entry, World } from '../../world/world.ts'
import { Panel, Time } from '../parts/basics.tsx'
import { summaryOf } from '../parts/payload.tsx'
import { Cards } from './cards.tsx'
import { Charts } from './charts.tsx'
import { Diagram } from './diagram.tsx'
import { Troubles } from './trouble.tsx'

export function Overview({ world, isStill }: { world: World; isStill: boolean }) {
  return (
    <div class="overview">
      <Troubles world={world} />
      <Cards world={world} />
      <Diagram world={world} isStill={isStill} />
      <Log log={world.log} />
      <Charts world={world} />
    </div>
  )
}

/** Maximum number of lines. */
const MAX = 40

function Log({ log }: { log: readonly Entry[] }) {
  // Events from the effects of an actor are shown only on the page of the actor.
  const shown = log
    .filter(({ from, to, kind }) => kind === 'fact' || from !== to)
    .slice(-MAX)
    .reverse()
  return (
    <Panel title="Events" class="log">
      {shown.length === 0 && <p class="none">No event yet.</p>}
      <ol>
        {shown.map((entry) => (
          <li key={entry.id} class={entry.kind}>
            <Time at={entry.at} />
            <span>
              <b>{eventWords(entry.type)}</b>
              <small>
                {entry.kind === 'fact'
                  ? summaryOf(entry.payload)
                  : `${entry.from ?? 'callers'} → ${entry.to}`}
              </small>
            </span>
          </li>
        ))}
      </ol>
    </Panel>
  )
}
