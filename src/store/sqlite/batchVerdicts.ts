/** The writes that end an operation's ride: at simulation, or with its batch. */
import type { BatchState, FinalizedBatch } from '../../domain/batch.ts'
import type { OperationId } from '../../domain/operation.ts'
import type { Hash, Millis } from '../../domain/primitives.ts'
import type { OpStatus, RequestStateName } from '../../domain/status.ts'
import type { StoreWrite } from '../../domain/writes.ts'
import type { IgnoredTransition } from '../port.ts'
import type { NumberOf, WriteHandler } from './batchHandler.ts'
import type { Database } from './database.ts'
import type { BatchNumber, MoveOperations } from './operations.ts'
import { StoreError } from './storeError.ts'

/** Where each fate takes an operation. */
const STATE_AFTER: Readonly<Record<OpStatus['type'], RequestStateName>> = {
  Finalized: 'finalized',
  Failed: 'failed',
  Evicted: 'queued',
}

type Statuses = Readonly<Record<OperationId, OpStatus>>

type BatchTrimmed = Extract<StoreWrite, { type: 'batch.trimmed' }>

export function createDrop(
  database: Database,
  numberOf: NumberOf,
  move: MoveOperations,
): WriteHandler<'batch.trimmed'> {
  const update = database.prepare<{ number: BatchNumber; ids: string }>(`
    UPDATE batches SET dropped = (
      SELECT json_group_array(value)
      FROM (SELECT value FROM json_each(dropped) UNION SELECT value FROM json_each(:ids))
    )
    WHERE number = :number AND endedAt IS NULL`)
  return ({ batchId, statuses, evidenceBlock, at }) => {
    const number = numberOf(batchId)
    update.run({ number, ids: JSON.stringify(Object.keys(statuses)) })
    return moveToFates(move, number, { statuses, evidenceBlock, at })
  }
}

export function createSettle(
  database: Database,
  numberOf: NumberOf,
  move: MoveOperations,
): WriteHandler<'batch.settled'> {
  const end = createEnd(database)
  const dropped = database.prepare<{ number: BatchNumber }, { id: OperationId }>(
    'SELECT value AS id FROM batches, json_each(dropped) WHERE number = :number',
  )
  const riding = database.prepare<{ number: BatchNumber }, { id: OperationId }>(
    `SELECT id FROM operations WHERE batch = :number AND state IN ('batching', 'submitted') LIMIT 1`,
  )
  return ({ batch }) => {
    const number = numberOf(batch.batchId)
    const at = batch.timing.finalizedAt
    const left = new Set(dropped.all({ number }).map(({ id }) => id))
    const statuses = Object.fromEntries(Object.entries(batch.statuses).filter(([id]) => !left.has(id)))
    const ignored = moveToFates(move, number, { statuses, evidenceBlock: {}, at })
    const forgotten = riding.first({ number })
    if (forgotten !== undefined) {
      throw new StoreError('conflict', `batch ${batch.batchId} ends without a status for ${forgotten.id}`)
    }
    const unmoved = new Set(ignored.map(({ id }) => id))
    end(number, batch, judgedBy(statuses, unmoved))
    return ignored
  }
}

/** Stores the end of a batch that has none. The inclusion stays when it is what the end stands on. */
function createEnd(
  database: Database,
): (number: BatchNumber, batch: FinalizedBatch, judged: readonly OperationId[]) => void {
  const update = database.prepare<{
    number: BatchNumber
    state: BatchState
    endedAt: Millis
    result: string
    judged: string
    txHash: Hash | null
    blockNumber: number | null
  }>(`
    UPDATE batches SET state = :state, endedAt = :endedAt, result = :result, judged = :judged,
      inclusion = CASE
        WHEN inclusion ->> 'txHash' = :txHash AND inclusion ->> 'blockNumber' = :blockNumber THEN inclusion
      END
    WHERE number = :number AND endedAt IS NULL`)
  return (number, batch, judged) =>
    void update.run({
      number,
      state: batch.failure === null ? 'Finalized' : 'Failed',
      endedAt: batch.timing.finalizedAt,
      result: JSON.stringify(batch),
      judged: JSON.stringify(judged),
      txHash: batch.txHash,
      blockNumber: batch.blockNumber,
    })
}

/** The operations that these statuses brought to their end. */
function judgedBy(statuses: Statuses, unmoved: ReadonlySet<OperationId>): readonly OperationId[] {
  return Object.entries(statuses)
    .filter(([id, { type }]) => type !== 'Evicted' && !unmoved.has(id))
    .map(([id]) => id)
}

function moveToFates(
  move: MoveOperations,
  within: BatchNumber,
  { statuses, evidenceBlock, at }: Pick<BatchTrimmed, 'statuses' | 'evidenceBlock' | 'at'>,
): readonly IgnoredTransition[] {
  return Object.entries(statuses).flatMap(([id, status]) => {
    const block = evidenceBlock[id]
    const change = { to: STATE_AFTER[status.type], at, within, status }
    return move([id], block === undefined ? change : { ...change, evidenceBlock: block })
  })
}
