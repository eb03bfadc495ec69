/** One batch: path, statechart, operations, attempts and events. */
import { duration, integer, short, words } from '../../format.ts'
import { type RemoteBatch, useRemote } from '../../state/remote.ts'
import { batchRun, contextOf, settledBatchOf } from '../../world/batches.ts'
import { countsOf, toneOfRun, toneOfStates } from '../../world/outcomes.ts'
import { longStaysOf, tellingState } from '../../world/states.ts'
import { type Entry, entryOf, type Run, type World } from '../../world/world.ts'
import { Chip, Code, CountsText, Empty, Figure } from '../parts/basics.tsx'
import { LitChart } from '../parts/chart.tsx'
import { type Station, Way } from '../parts/route.tsx'
import { Timeline } from '../parts/timeline.tsx'
import { Attempts } from './attempts.tsx'
import { Meter } from './meter.tsx'
import { Operations } from './operations.tsx'
import { Stored } from './stored.tsx'

export function Batch({ world, id, isRemote }: { world: World; id: string; isRemote: boolean }) {
  const run = batchRun(world, id)
  const end = settledBatchOf(world, id)
  const isPartial = run === undefined || contextOf(run).operations === undefined
  const version = `${run?.endedAt} ${end?.at}`
  const answer = useRemote<RemoteBatch>(
    isRemote && isPartial ? `/batches/${encodeURIComponent(id)}` : null,
    version,
  )
  if (run !== undefined) return <Seen world={world} run={run} id={id} stored={answer.value} />
  if (answer.value !== null) return <Stored batch={answer.value} />
  if (answer.state === 'loading')
    return <Empty title={`Batch ${short(id)}`} text="Loading from the gateway." isBusy />
  const text =
    answer.state === 'unreachable'
      ? 'This page has not received this batch, and the gateway does not answer.'
      : 'This page has not received this batch, and it is not in the store of the gateway.'
  return <Empty title={`Batch ${short(id)}`} text={text} />
}

interface SeenProps {
  readonly world: World
  readonly run: Run
  readonly id: string
  readonly stored: RemoteBatch | null
}

function Seen({ world, run, id, stored }: SeenProps) {
  const { steps, startedAt, endedAt, machine, name } = run
  return (
    <>
      <header class="title">
        <h1>
          Batch <Code id={id} />
        </h1>
        <Chip states={steps.at(-1)?.states ?? []} tone={toneOfRun(world, run)} />
        <CountsText counts={countsOf(world, run)} />
        <span class="note">
          {name},{' '}
          {endedAt === null
            ? `for ${duration(world.at - startedAt)}`
            : `ended after ${duration(endedAt - startedAt)}`}
        </span>
      </header>
      <Figures world={world} run={run} id={id} />
      <Way class="path" stations={stationsOf(world, run)} now={endedAt === null ? world.at : null} />
      <LitChart machine={machine} steps={steps} startedAt={startedAt} tone={toneOfRun(world, run)} />
      <div class="columns">
        <Operations world={world} id={id} run={run} stored={stored} />
        <Attempts world={world} id={id} run={run} />
      </div>
      <Timeline entries={entriesOf(world, run, id)} since={startedAt} />
    </>
  )
}

function stationsOf(world: World, run: Run): readonly Station[] {
  return longStaysOf(run, world.at).map(({ states, from }) => {
    const { name } = tellingState(states)
    return { name: words(name), at: from, tone: toneOfStates(world, run, states) }
  })
}

/** Received events of the batch, and facts about the batch. */
function entriesOf(world: World, run: Run, id: string): readonly Entry[] {
  const facts = (world.facts.get(id) ?? []).map((fact, index) =>
    entryOf('fact', `fact${index}`, fact.at, fact, [null, null]),
  )
  return [...run.events, ...facts].sort((one, other) => one.at - other.at)
}

function Figures({ world, run, id }: { world: World; run: Run; id: string }) {
  const context = contextOf(run)
  const { kept = 0, plan, gasUsed = 0, attempts = [], inclusion, headNumber = 0, failure, origin } = context
  const end = settledBatchOf(world, id)
  const depth = inclusion ? Math.max(0, headNumber - inclusion.blockNumber) : null
  return (
    <dl class="figures">
      <Figure name="Operations">
        {integer(kept)}
        {end !== undefined && <Dropped kept={kept} all={Object.keys(end.outcomes).length} />}
      </Figure>
      <Figure name="Gas used / limit" title="Gas used and gas limit of the transaction">
        {gasUsed > 0 ? integer(gasUsed) : '–'}
        <small> / {plan ? integer(plan.gasLimit) : '–'}</small>
        {plan && <Meter value={gasUsed} of={plan.gasLimit} />}
      </Figure>
      <Figure name="Attempts" {...(attempts.length > 1 && { tone: 'warn' })}>
        {integer(attempts.length)}
        {attempts.length > 0 && <small> with nonce {attempts[0]?.nonce}</small>}
      </Figure>
      <Figure name="Block">
        {inclusion ? integer(inclusion.blockNumber) : '–'}
        {depth !== null && (
          <small>
            {' '}
            {depth} of {context.confirmations ?? world.limits.confirmations} confirmations
          </small>
        )}
      </Figure>
      {origin !== undefined && origin !== 'planned' && <Figure name="Origin">{words(origin)}</Figure>}
      {failure != null && (
        <Figure name="Failed" tone="bad">
          <span class="text">{failure}</span>
        </Figure>
      )}
    </dl>
  )
}

function Dropped({ kept, all }: { kept: number; all: number }) {
  return all > kept ? <small> {integer(all - kept)} left at simulation</small> : null
}
