/** Lanes with operations that wait for an earlier nonce. */
import { count, duration, integer } from '../format.ts'
import { hrefOf } from '../state/route.ts'
import { lanesOf } from '../world/batches.ts'
import type { World } from '../world/world.ts'
import { Empty, Figure, Panel } from './parts/basics.tsx'

/** @param leaf leaf index of the account to highlight, or empty */
export function Lanes({ world, leaf }: { world: World; leaf: string }) {
  const { gaps, gapCount, lanes, waiting, timeout, longestWaitSince } = lanesOf(world)
  return (
    <>
      <header class="title">
        <h1>Lanes</h1>
        <span class="note">
          one per account with operations in flight. Operations of a lane are sent in nonce order
        </span>
      </header>
      <dl class="figures">
        <Figure name="Accounts in flight">{integer(lanes)}</Figure>
        <Figure name="Lanes with a gap" {...(gapCount > 0 && { tone: 'warn' })}>
          {integer(gapCount)}
        </Figure>
        <Figure name="Waiting operations">{integer(waiting)}</Figure>
        <Figure name="Longest wait">
          {longestWaitSince === null ? '–' : duration(world.at - longestWaitSince)}
          {timeout !== null && <small> of at most {duration(timeout)}</small>}
        </Figure>
      </dl>
      {gaps.length === 0 ? (
        <Empty title="No lane has a gap" text="No operation waits for an earlier nonce." />
      ) : (
        <Panel
          title="Lanes with a gap"
          note={gapCount > gaps.length ? `the first ${gaps.length} of ${gapCount}` : undefined}
        >
          <ul class="list gaps">
            {gaps.map((gap) => (
              <li key={gap.leaf} class={gap.leaf === leaf ? 'found' : ''}>
                <a class="id" href={hrefOf('search', gap.leaf)}>
                  Account {gap.leaf}
                </a>
                <span class="tone-warn">
                  waits for nonce <b>{gap.missing}</b>
                </span>
                <span class="nonces">
                  <i class="missing">{gap.missing}</i>
                  {gap.waiting.map((nonce) => (
                    <i key={nonce}>{nonce}</i>
                  ))}
                </span>
                <span class="since">
                  {count(gap.waiting.length, 'operation')} for {duration(world.at - gap.since)}
                  {timeout !== null && <Left share={(world.at - gap.since) / timeout} />}
                </span>
              </li>
            ))}
          </ul>
        </Panel>
      )}
    </>
  )
}

/** The passed share of the maximum wait. */
function Left({ share }: { share: number }) {
  return (
    <span class="meter tone-warn" aria-hidden="true">
      <i style={{ width: `${Math.min(100, share * 100)}%` }} />
    </span>
  )
}
