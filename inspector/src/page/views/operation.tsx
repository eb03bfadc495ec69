/** One operation, from receipt to finality. */
import type { Fact, Outcome } from '../../wire.ts'
import { count, duration, gwei, integer, short, words } from '../format.ts'
import {
  type Answer,
  type RemoteBatchSummary,
  type RemoteOperation,
  reasonWords,
  useRemote,
} from '../state/remote.ts'
import { hrefOf } from '../state/route.ts'
import { type BatchedOperation, contextOf, membershipsOf, outcomeOf } from '../world/batches.ts'
import { toneOf } from '../world/states.ts'
import type { Run, World } from '../world/world.ts'
import { AttemptTable, attemptOf } from './batch/attempts.tsx'
import {
  BatchChip,
  BatchLink,
  Chip,
  Code,
  Empty,
  Figure,
  OutcomeText,
  Panel,
  StoredChip,
} from './parts/basics.tsx'
import { type Station, Way } from './parts/route.tsx'

type Membership = { readonly run: Run; readonly operation: BatchedOperation }

export function Operation({ world, id, isRemote }: { world: World; id: string; isRemote: boolean }) {
  const memberships = membershipsOf(world, id)
  const [membership] = memberships
  // The request repeats when the status of the operation may have changed.
  const settled = outcomeOf(world, id)
  const version = [
    membership?.run.steps.length,
    membership?.run.endedAt,
    settled?.at,
    settled ? 0 : world.samples.at(-1)?.at,
  ].join()
  const answer = useRemote<RemoteOperation>(
    isRemote ? `/operations/${encodeURIComponent(id)}` : null,
    version,
  )
  const last = answer.value
  if (membership === undefined && last === null && !world.failures.has(id)) {
    return answer.state === 'loading' ? (
      <Empty title={`Operation ${short(id)}`} text="Loading from the gateway." isBusy />
    ) : (
      <Empty title={`Operation ${short(id)}`} text={ABSENT[answer.state]} />
    )
  }
  const outcome = settled ?? outcomeIn(last)
  return (
    <>
      <header class="title">
        <h1>
          Operation <Code id={id} />
        </h1>
        {outcome === null ? (
          <Chip
            states={[`operation.${stateOf(membership, last)}`]}
            label={words(stateOf(membership, last))}
          />
        ) : (
          <OutcomeText {...outcome} />
        )}
        <span class="note">
          {words(last?.kind ?? membership?.operation.kind ?? world.failures.get(id)?.kind ?? '')}
        </span>
      </header>
      <Way
        class="journey"
        stations={stationsOf(world, id, membership, last, outcome)}
        now={outcome === null ? world.at : null}
      />
      <Details id={id} membership={membership} last={last} total={totalOf(world, id, membership, last)} />
      <div class="columns">
        <Memberships world={world} memberships={memberships} stored={last?.batch ?? null} />
        {last !== null && (
          <AttemptTable
            attempts={last.attempts.map(attemptOf)}
            included={last.batch?.inclusion?.tx_hash ?? null}
            reasonFor={() => null}
          />
        )}
      </div>
      {last !== null && <Request operation={last.operation} />}
    </>
  )
}

const ABSENT: Readonly<Record<Exclude<Answer<unknown>['state'], 'loading'>, string>> = {
  here: 'This page has not received this operation.',
  missing: 'This page has not received this operation, and it is not in the store of the gateway.',
  unreachable: 'This page has not received this operation, and the gateway does not answer.',
}

function outcomeIn(last: RemoteOperation | null): Outcome | null {
  if (last?.outcome == null || last.outcome.type === 'Evicted') return null
  return { type: last.outcome.type, reason: reasonWords(last.outcome) }
}

function stateOf(membership: Membership | undefined, last: RemoteOperation | null): string {
  if (membership !== undefined && membership.run.endedAt === null) return 'Submitted'
  return last?.status.state ?? 'queued'
}

function factOf<T extends Fact['type']>(world: World, batchId: string | undefined, type: T) {
  return world.facts
    .get(batchId ?? '')
    ?.findLast((fact): fact is Extract<Fact, { type: T }> => fact.type === type)
}

function stationsOf(
  world: World,
  id: string,
  membership: Membership | undefined,
  last: RemoteOperation | null,
  outcome: Outcome | null,
): readonly Station[] {
  const context = membership && contextOf(membership.run)
  const batchId = context?.batchId ?? last?.batch?.id
  const batch = last?.batch
  const included =
    factOf(world, batchId, 'batch.included')?.at ??
    membership?.run.steps.find(({ states }) => toneOf(states) === 'included')?.at ??
    batch?.included_at ??
    null
  const ended =
    outcome === null ? null : (outcomeOf(world, id)?.at ?? batch?.finalized_at ?? last?.updated_at ?? null)
  const received =
    membership?.operation.receivedAt ?? last?.received_at ?? world.failures.get(id)?.receivedAt ?? null
  const stations: readonly Station[] = [
    { name: 'Received', at: received, tone: 'hold' },
    { name: 'In a batch', at: context?.createdAt ?? batch?.created_at ?? null, tone: 'work' },
    {
      name: 'Simulated',
      at: context?.simulationCompletedAt ?? batch?.simulation_completed_at ?? null,
      tone: 'hold',
    },
    { name: 'Submitted', at: context?.submittedAt ?? batch?.submitted_at ?? null, tone: 'flight' },
    { name: 'In a block', at: included, tone: 'included' },
    { name: outcome?.type ?? 'Finalized', at: ended, tone: outcome?.type === 'Failed' ? 'bad' : 'good' },
  ]
  // For a settled operation, skipped and unknown stations are left out.
  return outcome === null ? stations : stations.filter(({ at }) => at !== null)
}

function totalOf(
  world: World,
  id: string,
  membership: Membership | undefined,
  last: RemoteOperation | null,
): number | null {
  const received = membership?.operation.receivedAt ?? last?.received_at
  const isOver = outcomeIn(last) !== null || outcomeOf(world, id) !== undefined
  const end = outcomeOf(world, id)?.at ?? last?.batch?.finalized_at ?? last?.updated_at
  if (received === undefined) return null
  return (isOver && end !== undefined ? end : world.at) - received
}

interface DetailsProps {
  readonly id: string
  readonly membership: Membership | undefined
  readonly last: RemoteOperation | null
  readonly total: number | null
}

function Details({ membership, last, total }: DetailsProps) {
  const [leaf, nonce] = membership?.operation.lane?.split(':') ?? [
    last?.account?.leaf_index,
    last?.account?.nonce,
  ]
  return (
    <dl class="figures">
      {total !== null && <Figure name="Time since receipt">{duration(total)}</Figure>}
      {leaf !== undefined && (
        <Figure name="Account">
          <a href={hrefOf('search', String(leaf))}>{leaf}</a>
          <small> nonce {nonce}</small>
        </Figure>
      )}
      {last?.signer != null && (
        <Figure name="Signer">
          <Code id={last.signer} />
        </Figure>
      )}
      {last?.status.tx_hash !== undefined && (
        <Figure name="Transaction">
          <Code id={last.status.tx_hash} />
        </Figure>
      )}
      {last?.batch?.inclusion != null && (
        <Figure name="Block">{integer(last.batch.inclusion.block_number)}</Figure>
      )}
      {last?.cost != null && <Figure name="Cost">{gwei(Number(last.cost.total))}</Figure>}
      {last !== null && last.claims.length > 0 && (
        <Figure name="Claims">
          <span class="text">{last.claims.map(short).join(', ')}</span>
        </Figure>
      )}
    </dl>
  )
}

function Memberships({
  world,
  memberships,
  stored,
}: {
  world: World
  memberships: readonly Membership[]
  stored: RemoteBatchSummary | null
}) {
  const isSeen = memberships.some(({ run }) => contextOf(run).batchId === stored?.id)
  return (
    <Panel title="Batches" note="of this operation">
      {memberships.length === 0 && stored === null && <p class="none">The operation was in no batch yet.</p>}
      <ul class="list memberships">
        {memberships.map(({ run }) => (
          <li key={run.sessionId}>
            <BatchLink id={contextOf(run).batchId ?? ''} />
            <BatchChip world={world} run={run} />
            <small>{run.name}</small>
          </li>
        ))}
        {stored !== null && !isSeen && (
          <li>
            <BatchLink id={stored.id} />
            <StoredChip batch={stored} />
            <small>{count(stored.operations, 'operation')}</small>
          </li>
        )}
      </ul>
    </Panel>
  )
}

function Request({ operation }: { operation: RemoteOperation['operation'] }) {
  return (
    <Panel title="Request" note="without signature">
      <dl class="payload">
        {Object.entries(operation).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              <code>{typeof value === 'string' ? value : value.join(', ')}</code>
            </dd>
          </div>
        ))}
      </dl>
    </Panel>
  )
}
