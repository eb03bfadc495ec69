/** A batch from the store of the gateway. Shown when the page has not received the batch. */
import { duration, gwei, integer } from '../../format.ts'
import type { RemoteBatch, RemoteBatchSummary } from '../../state/remote.ts'
import { toneWith } from '../../world/outcomes.ts'
import { Code, CountsText, Figure, StoredChip } from '../parts/basics.tsx'
import { type Station, Way } from '../parts/route.tsx'
import { AttemptTable, attemptOf } from './attempts.tsx'
import { Meter } from './meter.tsx'
import { OperationTable, storedRows } from './operations.tsx'

export function Stored({ batch: stored }: { batch: RemoteBatch }) {
  const { batch, attempts } = stored
  return (
    <>
      <header class="title">
        <h1>
          Batch <Code id={batch.id} />
        </h1>
        <StoredChip batch={batch} />
        <CountsText counts={batch.outcomes} />
        <span class="note">
          {batch.total_duration === null ? 'not settled' : `settled after ${duration(batch.total_duration)}`},
          from the store
        </span>
      </header>
      <dl class="figures">
        <Figure name="Operations">{integer(batch.operations)}</Figure>
        <Figure name="Gas used / limit">
          {batch.gas_used === null ? '–' : integer(batch.gas_used)}
          <small> / {batch.gas_limit === null ? '–' : integer(batch.gas_limit)}</small>
          {batch.gas_limit !== null && <Meter value={batch.gas_used ?? 0} of={batch.gas_limit} />}
        </Figure>
        {batch.total_cost !== null && <Figure name="Cost">{gwei(Number(batch.total_cost))}</Figure>}
        <Figure name="Attempts">{integer(attempts.length)}</Figure>
        <Figure name="Block">{batch.inclusion === null ? '–' : integer(batch.inclusion.block_number)}</Figure>
        {batch.failure !== null && (
          <Figure name="Failed" tone="bad">
            <span class="text">{batch.failure}</span>
          </Figure>
        )}
      </dl>
      <Way class="path" stations={stationsOf(batch)} now={null} />
      <div class="columns">
        <OperationTable rows={storedRows(stored)} />
        <AttemptTable
          attempts={attempts.map(attemptOf)}
          included={batch.inclusion?.tx_hash ?? null}
          reasonFor={() => null}
        />
      </div>
    </>
  )
}

function stationsOf(batch: RemoteBatchSummary): readonly Station[] {
  const end: Station = {
    name: batch.state,
    at: batch.finalized_at,
    tone: toneWith(batch.state === 'Failed' ? 'bad' : 'good', batch.outcomes),
  }
  return [
    { name: 'Pending', at: batch.created_at, tone: 'hold' },
    { name: 'Simulated', at: batch.simulation_completed_at, tone: 'work' },
    { name: 'Submitted', at: batch.submitted_at, tone: 'flight' },
    { name: 'In a block', at: batch.included_at, tone: 'included' },
    end,
  ]
}
