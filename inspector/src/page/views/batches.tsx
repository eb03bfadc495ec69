/** Batches over time by slot, a table of the received batches, and older batches from the store. */
import { useState } from 'preact/hooks'
import { count, duration, integer, words } from '../format.ts'
import { ask, type RemoteBatchList, type RemoteBatchSummary } from '../state/remote.ts'
import { batchRuns, contextOf } from '../world/batches.ts'
import { countsOf, toneOfStates } from '../world/outcomes.ts'
import { longStaysOf, tellingState } from '../world/states.ts'
import type { Run, World } from '../world/world.ts'
import { BatchChip, BatchLink, CountsText, Empty, Panel, StoredChip, Time } from './parts/basics.tsx'
import { Legend, Swimlanes } from './swimlanes.tsx'

const SPANS = [
  [30_000, '30 s'],
  [120_000, '2 min'],
  [600_000, '10 min'],
] as const

export function Batches({ world, isRemote }: { world: World; isRemote: boolean }) {
  const [span, setSpan] = useState<number>(SPANS[0][0])
  const runs = batchRuns(world)
  const oldest = runs.at(-1)
  return (
    <>
      <Panel
        title="Slots over time"
        note={
          <fieldset class="choices" aria-label="Time shown">
            {SPANS.map(([millis, label]) => (
              <button
                key={millis}
                type="button"
                aria-pressed={span === millis}
                onClick={() => setSpan(millis)}
              >
                {label}
              </button>
            ))}
          </fieldset>
        }
      >
        <Swimlanes world={world} runs={runs} span={span} />
        <Legend />
      </Panel>
      {runs.length === 0 ? (
        <Empty title="No batch yet" text="The first batch starts when an operation is ready." />
      ) : (
        <Panel title="Batches" note={count(runs.length, 'batch').replace('batchs', 'batches')}>
          <table class="table batches">
            <thead>
              <tr class="row head">
                {[
                  'Batch',
                  'State',
                  'Slot',
                  'Operations',
                  'Results',
                  'Attempts',
                  'Gas used',
                  'Started',
                  'Phases',
                  'Duration',
                ].map((name) => (
                  <th key={name}>{name}</th>
                ))}
              </tr>
            </thead>
            <tbody>
              {runs.map((run) => (
                <Row key={run.sessionId} world={world} run={run} />
              ))}
            </tbody>
          </table>
        </Panel>
      )}
      {isRemote && <Older before={oldest === undefined ? undefined : contextOf(oldest).batchId} />}
    </>
  )
}

function Row({ world, run }: { world: World; run: Run }) {
  const { name, startedAt, endedAt } = run
  const now = world.at
  const { batchId = '', attempts = [], kept = 0, gasUsed, plan, origin } = contextOf(run)
  return (
    <tr class="row">
      <td>
        <BatchLink id={batchId} />
      </td>
      <td>
        <BatchChip world={world} run={run} />
      </td>
      <td class="wide">{name}</td>
      <td data-name="operations">
        {integer(kept)}
        {origin !== undefined && origin !== 'planned' && <small> {origin}</small>}
      </td>
      <td class="results">
        <CountsText counts={countsOf(world, run)} />
      </td>
      <td class={attempts.length > 1 ? 'tone-warn many' : 'wide'}>{integer(attempts.length)}</td>
      <td class="wide">{gasUsed ? integer(gasUsed) : plan ? <i>{integer(plan.gasLimit)} limit</i> : '–'}</td>
      <td class="wide">
        <Time at={startedAt} />
      </td>
      <td class="phases">
        <Phases world={world} run={run} />
      </td>
      <td class="right">{duration((endedAt ?? now) - startedAt)}</td>
    </tr>
  )
}

/** A bar with the share of each state in the duration of the batch. */
function Phases({ world, run }: { world: World; run: Run }) {
  const stays = longStaysOf(run, world.at).filter(({ from, to }) => to > from)
  return (
    <span class="bar">
      {stays.map(({ states, from, to }) => {
        const { name } = tellingState(states)
        const tone = toneOfStates(world, run, states)
        return (
          <i
            key={from}
            class={`tone-${tone}`}
            style={{ flexGrow: to - from }}
            title={`${words(name)}: ${duration(to - from)}`}
          />
        )
      })}
    </span>
  )
}

/** Older batches from the store, page by page. */
function Older({ before }: { before: string | undefined }) {
  const [batches, setBatches] = useState<readonly RemoteBatchSummary[]>([])
  const [next, setNext] = useState<string | null | undefined>(undefined)
  const [isFailed, setIsFailed] = useState(false)
  const from = next === undefined ? before : (next ?? undefined)
  const load = () => {
    const query = from === undefined ? '' : `&before=${from}`
    ask<RemoteBatchList>(`/batches?limit=20${query}`).then(
      (page) => {
        setIsFailed(false)
        setBatches([...batches, ...(page?.batches ?? [])])
        setNext(page?.next ?? null)
      },
      () => setIsFailed(true),
    )
  }
  return (
    <div class="older">
      {batches.length > 0 && (
        <Panel title="Older batches" note="from the store">
          <table class="table older">
            <tbody>
              {batches.map((batch) => (
                <tr class="row" key={batch.id}>
                  <td>
                    <BatchLink id={batch.id} />
                  </td>
                  <td>
                    <StoredChip batch={batch} />
                  </td>
                  <td>{count(batch.operations, 'operation')}</td>
                  <td class="results">
                    <CountsText counts={batch.outcomes} />
                  </td>
                  <td class="wide">{batch.gas_used === null ? '–' : `${integer(batch.gas_used)} gas`}</td>
                  <td class="wide">
                    <Time at={batch.created_at} />
                  </td>
                  <td class="right">
                    {batch.total_duration === null ? '–' : duration(batch.total_duration)}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </Panel>
      )}
      {next === null ? (
        <p class="none">No older batches.</p>
      ) : (
        <button type="button" onClick={load}>
          {isFailed ? 'The gateway did not answer. Try again.' : 'Load older batches'}
        </button>
      )}
    </div>
  )
}
