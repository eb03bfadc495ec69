/** The frame around every view. */
import { useEffect } from 'preact/hooks'
import type { Link, View } from '../state/view.ts'
import { Actor } from './actor.tsx'
import { Batch } from './batch/batch.tsx'
import { Batches } from './batches.tsx'
import { Keys, Notice } from './dialogs.tsx'
import { Header } from './header.tsx'
import { Lanes } from './lanes.tsx'
import { Operation } from './operation.tsx'
import { Overview } from './overview/overview.tsx'
import { Empty } from './parts/basics.tsx'
import { prepareDrawings } from './parts/chart.tsx'
import { ReplayBar } from './replay.tsx'
import { Search } from './search.tsx'

export function App({ view }: { view: View }) {
  useEffect(() => {
    if (view.link === 'live') prepareDrawings()
  }, [view.link])
  return (
    <>
      <Header view={view} />
      <main id="main">{view.world === null ? <Nothing link={view.link} /> : <Route view={view} />}</main>
      <ReplayBar view={view} />
      {view.dialog === 'keys' && <Keys view={view} />}
      {view.notice !== null && <Notice text={view.notice} />}
    </>
  )
}

/** Texts before the first message, by state of the connection. */
const NOTHING: Readonly<Record<Link, readonly [string, string]>> = {
  connecting: [
    'Connecting to the gateway',
    'The live view appears when the gateway answers. You can open a recording now.',
  ],
  live: ['Connected', 'Waiting for the first message.'],
  reconnecting: ['Connection lost', 'The page reconnects every second.'],
  refused: ['Operator token required', 'Open /inspector?token=… once. A cookie then keeps the session.'],
  crowded: ['Too many viewers', 'Close another viewer. The page reconnects every second.'],
  outdated: ['The gateway has another version', 'Reload this page to get the matching version.'],
}

function Nothing({ link }: { link: Link }) {
  const [title, text] = NOTHING[link]
  return <Empty title={title} text={text} isBusy={link === 'connecting' || link === 'reconnecting'} />
}

function Route({ view }: { view: View }) {
  const { world, route } = view
  const [name, id = ''] = route
  if (world === null) return null
  const isLive = view.replay === null && view.link === 'live'
  // The HTTP API describes only the present.
  const isRemote = view.replay === null
  switch (name) {
    case undefined:
      return <Overview world={world} isStill={view.replay !== null} />
    case 'batches':
      return <Batches world={world} isRemote={isRemote} />
    case 'batch':
      return <Batch key={id} world={world} id={id} isRemote={isRemote} />
    case 'operation':
      return <Operation key={id} world={world} id={id} isRemote={isRemote} />
    case 'lanes':
      return <Lanes world={world} leaf={id} />
    case 'actor':
      return <Actor key={id} world={world} name={id} isLive={isLive} />
    case 'search':
      return <Search key={id} world={world} text={id} isRemote={isRemote} />
    default:
      return <Empty title="Page not found" text={`There is no view at #/${route.join('/')}.`} />
  }
}
