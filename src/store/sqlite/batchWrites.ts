/**
 * The writes about a batch, from `batch.opened` to `batch.settled`.
 *
 * A settled batch does not change: a late write about it moves nothing. A write that contradicts the store (an unknown
 * batch, a broadcast of an attempt that was not signed, a settlement without a status for an operation) is a defect of
 * the writer and throws a `StoreError`.
 */
import type { BatchId, BatchState, FinalizedBatch, TransactionAttempt } from '../../domain/batch.ts'
import { totalCost } from '../../domain/cost.ts'
import type { OperationId } from '../../domain/operation.ts'
import type { Hash, Millis, Wei } from '../../domain/primitives.ts'
import type { IgnoredTransition, StoreWrite } from '../../domain/writes.ts'
import { StoreError } from '../port.ts'
import {
  type BatchNumber,
  encodeInclusion,
  encodePlan,
  type PlanColumns,
  plannedOperations,
  type StoredBatch,
} from '../records/batches.ts'
import { STATE_AFTER, withVerdict } from '../records/operations.ts'
import { createNumberOf, type NumberOf, type WriteHandler } from './batches.ts'
import type { Database } from './database.ts'
import { costPath, type MoveOperations } from './operations.ts'
import { createRevive } from './recovery.ts'

export interface BatchWrites {
  readonly open: WriteHandler<'batch.opened'>
  readonly enter: WriteHandler<'batch.entered'>
  readonly plan: WriteHandler<'batch.planned'>
  readonly trim: WriteHandler<'batch.trimmed'>
  readonly sign: WriteHandler<'attempt.signed'>
  readonly refuse: WriteHandler<'attempt.refused'>
  readonly submit: WriteHandler<'batch.submitted'>
  readonly include: WriteHandler<'batch.included'>
  readonly changeFinality: WriteHandler<'batch.finalityChanged'>
  readonly settle: WriteHandler<'batch.settled'>
  readonly revive: WriteHandler<'batch.revived'>
}

export function createBatchWrites(database: Database, move: MoveOperations): BatchWrites {
  const numberOf = createNumberOf(database)
  return {
    open: createOpen(database, numberOf, move),
    enter: createEnter(database, numberOf),
    plan: createPlan(database, numberOf),
    trim: createTrim(database, numberOf, move),
    sign: createSign(database, numberOf),
    refuse: createRefuse(database),
    submit: createSubmit(database, numberOf, move),
    include: createInclude(database, numberOf),
    changeFinality: createChangeFinality(database),
    settle: createSettle(database, numberOf, move),
    revive: createRevive(database, numberOf),
  }
}

function createOpen(
  database: Database,
  numberOf: NumberOf,
  move: MoveOperations,
): WriteHandler<'batch.opened'> {
  const insert = database.prepare<{ id: BatchId; operations: string; gasBudget: number; createdAt: Millis }>(`
    INSERT INTO batches (id, state, operations, gasBudget, createdAt)
    VALUES (:id, 'Pending', :operations, :gasBudget, :createdAt)`)
  return ({ batchId, operations, gasBudget, at }) => {
    insert.run({ id: batchId, operations: JSON.stringify(operations), gasBudget, createdAt: at })
    return move(operations, { to: 'batching', at, joins: { id: batchId, number: numberOf(batchId) } })
  }
}

function createEnter(database: Database, numberOf: NumberOf): WriteHandler<'batch.entered'> {
  const update = database.prepare<{ number: BatchNumber; state: BatchState }>(
    'UPDATE batches SET state = :state WHERE number = :number AND settledAt IS NULL',
  )
  return ({ batchId, state }) => {
    update.run({ number: numberOf(batchId), state })
    return []
  }
}

function createPlan(database: Database, numberOf: NumberOf): WriteHandler<'batch.planned'> {
  const insert = database.prepare<PlanColumns & { batch: BatchNumber }>(
    'INSERT INTO plans (batch, gasLimit, calls, callData) VALUES (:batch, :gasLimit, :calls, unhex(substr(:callData, 3)))',
  )
  const update = database.prepare<{ number: BatchNumber; at: Millis }>(`
    UPDATE batches SET simulationCompletedAt = coalesce(simulationCompletedAt, :at)
    WHERE number = :number AND settledAt IS NULL`)
  return ({ batchId, plan, at }) => {
    const number = numberOf(batchId)
    if (update.run({ number, at }) === 1) insert.run({ batch: number, ...encodePlan(plan) })
    return []
  }
}

function createTrim(
  database: Database,
  numberOf: NumberOf,
  move: MoveOperations,
): WriteHandler<'batch.trimmed'> {
  const update = database.prepare<{ number: BatchNumber; ids: string }>(`
    UPDATE batches SET trimmed = (
      SELECT json_group_array(value)
      FROM (SELECT value FROM json_each(trimmed) UNION SELECT value FROM json_each(:ids))
    )
    WHERE number = :number AND settledAt IS NULL`)
  return ({ batchId, statuses, evidenceBlock, at }) => {
    const number = numberOf(batchId)
    update.run({ number, ids: JSON.stringify(Object.keys(statuses)) })
    return applyStatuses(move, { id: batchId, number }, { statuses, evidenceBlock, at })
  }
}

function createSign(database: Database, numberOf: NumberOf): WriteHandler<'attempt.signed'> {
  // Equal hashes mean equal bytes: a stored attempt needs no second row.
  const insert = database.prepare<Omit<TransactionAttempt, 'batchId' | 'refusal'> & { batch: BatchNumber }>(`
    INSERT INTO attempts
      (batch, hash, nonce, purpose, plan, gasLimit, maxFeePerGas, maxPriorityFeePerGas, rollupFee, signedAt, raw)
    VALUES
      (:batch, :hash, :nonce, :purpose, :plan, :gasLimit, :maxFeePerGas, :maxPriorityFeePerGas, :rollupFee, :signedAt,
        unhex(substr(:raw, 3)))
    ON CONFLICT (hash) DO NOTHING`)
  return ({ attempt: { batchId, refusal: _, ...columns } }) => {
    insert.run({ ...columns, batch: numberOf(batchId) })
    return []
  }
}

function createRefuse(database: Database): WriteHandler<'attempt.refused'> {
  const update = database.prepare<{ txHash: Hash; refusal: string }>(
    'UPDATE attempts SET refusal = :refusal WHERE hash = :txHash',
  )
  return ({ batchId, txHash, refusal }) => {
    if (update.run({ txHash, refusal: JSON.stringify(refusal) }) === 0) {
      throw new StoreError('conflict', `batch ${batchId} has no signed transaction ${txHash}`)
    }
    return []
  }
}

function createSubmit(
  database: Database,
  numberOf: NumberOf,
  move: MoveOperations,
): WriteHandler<'batch.submitted'> {
  const select = database.prepare<
    { number: BatchNumber; txHash: Hash },
    Pick<TransactionAttempt, 'purpose' | 'plan'>
  >('SELECT purpose, plan FROM attempts WHERE batch = :number AND hash = :txHash')
  const selectPlan = database.prepare<{ number: BatchNumber; plan: number }, { calls: string }>(
    'SELECT calls FROM plans WHERE batch = :number ORDER BY number LIMIT 1 OFFSET :plan',
  )
  const update = database.prepare<{ number: BatchNumber; at: Millis }>(`
    UPDATE batches SET submittedAt = coalesce(submittedAt, :at)
    WHERE number = :number AND settledAt IS NULL`)
  return ({ batchId, txHash, at }) => {
    const number = numberOf(batchId)
    const attempt = select.first({ number, txHash })
    if (attempt === undefined) {
      throw new StoreError('conflict', `batch ${batchId} has no signed transaction ${txHash}`)
    }
    update.run({ number, at })
    if (attempt.purpose === 'cancel') return []
    const plan = selectPlan.first({ number, plan: attempt.plan ?? 0 })
    if (plan === undefined) throw new StoreError('conflict', `batch ${batchId} has no plan`)
    return move(plannedOperations(plan.calls), {
      to: 'submitted',
      at,
      within: { id: batchId, number },
      txHash,
    })
  }
}

function createInclude(database: Database, numberOf: NumberOf): WriteHandler<'batch.included'> {
  const update = database.prepare<{ number: BatchNumber; inclusion: string | null }>(`
    UPDATE batches SET inclusion = :inclusion WHERE number = :number AND settledAt IS NULL`)
  return ({ batchId, inclusion, at }) => {
    update.run({
      number: numberOf(batchId),
      inclusion: inclusion === null ? null : encodeInclusion(inclusion, at),
    })
    return []
  }
}

function createChangeFinality(database: Database): WriteHandler<'batch.finalityChanged'> {
  const update = database.prepare<{ id: BatchId; finality: string | null }>(
    'UPDATE batches SET finality = :finality WHERE id = :id',
  )
  return ({ batchId, finality }) => {
    update.run({ id: batchId, finality: finality === null ? null : JSON.stringify(finality) })
    return []
  }
}

function createSettle(
  database: Database,
  numberOf: NumberOf,
  move: MoveOperations,
): WriteHandler<'batch.settled'> {
  const storeResult = createStoreResult(database)
  const storeShares = createStoreShares(database)
  const selectTrimmed = database.prepare<{ number: BatchNumber }, { id: OperationId }>(
    'SELECT value AS id FROM batches, json_each(trimmed) WHERE number = :number',
  )
  const selectLeftOver = database.prepare<{ number: BatchNumber }, { id: OperationId }>(
    `SELECT id FROM operations WHERE batch = :number AND state IN ('batching', 'submitted') LIMIT 1`,
  )
  return ({ batch }) => {
    const within = { id: batch.batchId, number: numberOf(batch.batchId) }
    const { number } = within
    const at = batch.timing.finalizedAt
    const trimmed = new Set(selectTrimmed.all({ number }).map(({ id }) => id))
    const statuses = Object.fromEntries(Object.entries(batch.statuses).filter(([id]) => !trimmed.has(id)))
    const ignored = applyStatuses(move, within, { statuses, evidenceBlock: {}, at })
    const leftOver = selectLeftOver.first({ number })
    if (leftOver !== undefined) {
      throw new StoreError(
        'conflict',
        `batch ${batch.batchId} is settled without a status for ${leftOver.id}`,
      )
    }
    const unmoved = new Set(ignored.map(({ id }) => id))
    if (storeResult(number, batch, withVerdict(statuses, unmoved))) storeShares(batch)
    return ignored
  }
}

/**
 * Settles the row of an open batch. The inclusion stays only if the result names the same transaction and block. Returns false for
 * a settled batch.
 */
function createStoreResult(
  database: Database,
): (number: BatchNumber, batch: FinalizedBatch, verdicts: readonly OperationId[]) => boolean {
  const update = database.prepare<{
    number: BatchNumber
    state: BatchState
    simulationCompletedAt: Millis | null
    settledAt: Millis
    result: string
    verdicts: string
    totalCost: Wei | null
    txHash: Hash | null
    blockNumber: number | null
  }>(`
    UPDATE batches SET state = :state, settledAt = :settledAt,
      simulationCompletedAt = coalesce(simulationCompletedAt, :simulationCompletedAt), result = :result, verdicts = :verdicts,
      totalCost = :totalCost,
      inclusion = CASE
        WHEN inclusion ->> 'txHash' = :txHash AND inclusion ->> 'blockNumber' = :blockNumber THEN inclusion
      END
    WHERE number = :number AND settledAt IS NULL`)
  return (number, batch, verdicts) =>
    update.run({
      number,
      state: batch.failure === null ? 'Finalized' : 'Failed',
      simulationCompletedAt: batch.timing.simulationCompletedAt,
      settledAt: batch.timing.finalizedAt,
      result: JSON.stringify(batch),
      verdicts: JSON.stringify(verdicts),
      totalCost: batch.cost === undefined ? null : totalCost(batch.cost),
      txHash: batch.txHash,
      blockNumber: batch.blockNumber,
    }) === 1
}

/** Stores the share of each operation, also of an operation that has left the batch meanwhile. */
function createStoreShares(database: Database): (batch: FinalizedBatch) => void {
  const update = database.prepare<{ path: string; shares: string }>(`
    UPDATE operations SET costs = json_set(costs, :path, json(share.value))
    FROM json_each(:shares) AS share WHERE operations.id = share.key`)
  return ({ batchId, cost }) => {
    if (cost === undefined) return
    update.run({ path: costPath(batchId), shares: JSON.stringify(cost.shares) })
  }
}

type BatchTrimmed = Extract<StoreWrite, { type: 'batch.trimmed' }>

function applyStatuses(
  move: MoveOperations,
  within: StoredBatch,
  { statuses, evidenceBlock, at }: Pick<BatchTrimmed, 'statuses' | 'evidenceBlock' | 'at'>,
): readonly IgnoredTransition[] {
  return Object.entries(statuses).flatMap(([id, status]) => {
    const block = evidenceBlock[id]
    const change = { to: STATE_AFTER[status.type], at, within, status }
    return move([id], block === undefined ? change : { ...change, evidenceBlock: block })
  })
}
