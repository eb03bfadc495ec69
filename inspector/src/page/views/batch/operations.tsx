/** The operations of a batch, each with a status. */
import type { Outcome } from '../../../wire.ts'
import { count, words } from '../../format.ts'
import { type RemoteBatch, reasonWords } from '../../state/remote.ts'
import { hrefOf } from '../../state/route.ts'
import { contextOf, settledBatchOf } from '../../world/batches.ts'
import type { Run, World } from '../../world/world.ts'
import { OperationLink, OutcomeText, Panel } from '../parts/basics.tsx'

interface Row {
  readonly id: string
  readonly kind: string | null
  readonly lane: string | null
  readonly tries: number
  readonly outcome: Outcome | null
}

interface OperationsProps {
  readonly world: World
  readonly id: string
  readonly run: Run
  readonly stored: RemoteBatch | null
}

export function Operations({ world, id, run, stored }: OperationsProps) {
  const rows = seenRows(world, id, run) ?? (stored === null ? [] : storedRows(stored))
  return <OperationTable rows={rows} />
}

export function OperationTable({ rows }: { rows: readonly Row[] }) {
  const failed = rows.filter(({ outcome }) => outcome !== null && outcome.type !== 'Finalized').length
  const note =
    failed === 0
      ? count(rows.length, 'operation')
      : `${count(rows.length, 'operation')}, ${failed} failed or evicted`
  return (
    <Panel title="Operations" note={note} class="operations">
      {rows.length === 0 && <p class="none">No operations, or their records were pruned.</p>}
      <ul class="list">
        {[...rows].sort(byTrouble).map(({ id, kind, lane, tries, outcome }) => (
          <li key={id}>
            <OperationLink id={id} />
            <span>
              {kind !== null && words(kind)}
              {lane !== null && <Lane lane={lane} />}
              {tries > 0 && <small> try {tries + 1}</small>}
            </span>
            {outcome === null ? <span class="outcome">in flight</span> : <OutcomeText {...outcome} />}
          </li>
        ))}
      </ul>
    </Panel>
  )
}

function Lane({ lane }: { lane: string }) {
  const [leaf = '', nonce] = lane.split(':')
  return (
    <small>
      {' '}
      account <a href={hrefOf('search', leaf)}>{leaf}</a>, nonce {nonce}
    </small>
  )
}

/** Failed operations first, then evicted operations. */
function byTrouble(one: Row, other: Row): number {
  const rank = ({ outcome }: Row) => (outcome?.type === 'Failed' ? 0 : outcome?.type === 'Evicted' ? 1 : 2)
  return rank(one) - rank(other)
}

/** @returns null if the page did not receive the operations of the batch */
function seenRows(world: World, id: string, run: Run): readonly Row[] | null {
  const { operations } = contextOf(run)
  if (operations === undefined) return null
  const outcomes = { ...droppedOf(run), ...settledBatchOf(world, id)?.outcomes }
  return operations.map((each) => {
    const failure = world.failures.get(each.id)
    const known = outcomes[each.id]
    const outcome: Outcome | null = known ?? (failure ? { type: 'Failed', reason: failure.reason } : null)
    return { ...each, outcome }
  })
}

/** The status of operations that left at simulation, before the batch is settled. */
function droppedOf({ context }: Run): Readonly<Record<string, Outcome>> {
  const outcomes = context['outcomes']
  return typeof outcomes === 'object' && outcomes !== null
    ? (outcomes as Readonly<Record<string, Outcome>>)
    : {}
}

export function storedRows({ operations }: RemoteBatch): readonly Row[] {
  return operations.map(({ request_id, outcome }) => ({
    id: request_id.replace(/^gw_/, ''),
    kind: null,
    lane: null,
    tries: 0,
    outcome: outcome === null ? null : { type: outcome.type, reason: reasonWords(outcome) },
  }))
}
