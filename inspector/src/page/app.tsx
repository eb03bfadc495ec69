/** The frame around every view: where one is, whether the gateway is heard, and the bar that goes back in time. */
import { duration } from './format.ts'
import { seek, step, toggle, type View } from './store.ts'
import { Batch } from './views/batch.tsx'
import { Batches } from './views/batches.tsx'
import { Overview } from './views/overview.tsx'
import type { World } from './world.ts'

const LINKS = {
  connecting: 'Connecting to the gateway…',
  live: 'Live',
  reconnecting: 'The gateway is not heard. Trying again…',
  outdated: 'The gateway speaks another version. Reload this page.',
} as const

export function App({ view }: { view: View }) {
  const { link, world, route } = view
  return (
    <>
      <header>
        <strong>opsbatcher</strong>
        <nav>
          <a href="#/" class={route.length === 0 ? 'here' : ''}>
            Overview
          </a>
          <a href="#/batches" class={route[0]?.startsWith('batch') ? 'here' : ''}>
            Batches
          </a>
        </nav>
        <span class={`link ${link}`} role="status">
          {LINKS[link]}
        </span>
      </header>
      <main>
        {world === null ? <p class="empty">{LINKS[link]}</p> : <Route world={world} route={route} />}
      </main>
      {world !== null && <Replay view={view} world={world} />}
    </>
  )
}

function Route({ world, route: [name, id] }: { world: World; route: readonly string[] }) {
  if (name === 'batch' && id !== undefined) return <Batch world={world} id={id} />
  return name === 'batches' ? <Batches world={world} /> : <Overview world={world} />
}

function Replay({ view: { history, position }, world }: { view: View; world: World }) {
  const last = history?.messages.length ?? 0
  const behind = (history?.world.at ?? world.at) - world.at
  return (
    <footer>
      <button type="button" onClick={toggle}>
        {position === null ? 'Pause' : 'Go live'}
      </button>
      <button type="button" aria-label="One event back" onClick={() => step(-1)}>
        ‹
      </button>
      <button type="button" aria-label="One event on" onClick={() => step(1)}>
        ›
      </button>
      <input
        type="range"
        aria-label="Time"
        min={0}
        max={last}
        value={position ?? last}
        onInput={({ currentTarget }) => seek(Number(currentTarget.value))}
      />
      <span class="where">
        {position === null ? 'now' : `${position} of ${last}, ${duration(behind)} ago`}
      </span>
    </footer>
  )
}
