/** One actor: statechart, context, running effects, past states and received events. */
import { duration, words } from '../format.ts'
import { stateWords, staysOf, toneOf } from '../world/states.ts'
import type { World } from '../world/world.ts'
import { Chip, Empty, Panel, Time } from './parts/basics.tsx'
import { LitChart } from './parts/chart.tsx'
import { Payload } from './parts/payload.tsx'
import { Timeline } from './parts/timeline.tsx'

/** Number of listed past states. */
const MAX_STEPS = 12

export function Actor({ world, name, isLive }: { world: World; name: string; isLive: boolean }) {
  const run = [...world.runs.values()].findLast((each) => each.name === name)
  if (run === undefined) {
    return (
      <Empty title={`Actor ${name} not found`} text="This page has not received an actor with this name." />
    )
  }
  const { machine, steps, context, events, startedAt, endedAt, sessionId } = run
  const effects = [...world.actors.values()].filter(
    (each) => each.parentId === sessionId && each.machine === null,
  )
  const stays = staysOf(run, world.at).toReversed().slice(0, MAX_STEPS)
  return (
    <>
      <header class="title">
        <h1>{name}</h1>
        <Chip states={steps.at(-1)?.states ?? []} />
        <span class="note">
          {name === machine ? 'an actor' : `runs ${machine}`},{' '}
          {endedAt === null
            ? `running for ${duration(world.at - startedAt)}`
            : `ended ${duration(world.at - endedAt)} ago`}
          {!isLive && ', not live'}
        </span>
      </header>
      <div class="columns actor">
        <LitChart machine={machine} steps={steps} startedAt={null} />
        <div class="stack">
          <Panel title="Context">
            {Object.keys(context).length === 0 ? (
              <p class="none">This actor shows no context.</p>
            ) : (
              <Payload fields={context} />
            )}
          </Panel>
          {effects.length > 0 && (
            <Panel title="Running effects">
              <ul class="list">
                {effects.map((effect) => (
                  <li key={effect.sessionId}>{words(effect.name)}</li>
                ))}
              </ul>
            </Panel>
          )}
          <Panel title="States" note="newest first">
            <ol class="list stays">
              {stays.map(({ states, from, to, isLast }) => (
                <li key={`${from}${states.at(-1)}`} class={`tone-${toneOf(states)}`}>
                  <Time at={from} />
                  <b>{stateWords(states)}</b>
                  <small>
                    {isLast && endedAt === null
                      ? `for ${duration(to - from)} so far`
                      : `for ${duration(to - from)}`}
                  </small>
                </li>
              ))}
            </ol>
          </Panel>
        </div>
      </div>
      <Timeline entries={events} since={null} />
    </>
  )
}
