/**
 * The writes of a batch's life, from opened to settled, and back from there.
 *
 * A batch that has ended stays as it is: a late write about it moves nothing. A write that contradicts what is stored
 * (an unknown batch, a broadcast of what was never signed, an end that leaves an operation without a status) is a
 * defect of its writer, and refused.
 */
import type { BatchId, TransactionAttempt } from '../../domain/batch.ts'
import type { Hash, Millis } from '../../domain/primitives.ts'
import { createNumberOf, type NumberOf, type WriteHandler } from './batchHandler.ts'
import { createDrop, createSettle } from './batchVerdicts.ts'
import type { Database } from './database.ts'
import { encodeInclusion } from './inclusions.ts'
import type { BatchNumber, MoveOperations } from './operations.ts'
import { encodePlan, type PlanColumns, plannedOperations } from './plans.ts'
import { createRevive } from './revival.ts'
import { StoreError } from './storeError.ts'

export interface BatchWrites {
  readonly open: WriteHandler<'batch.opened'>
  readonly plan: WriteHandler<'batch.planned'>
  readonly drop: WriteHandler<'batch.trimmed'>
  readonly sign: WriteHandler<'attempt.signed'>
  readonly submit: WriteHandler<'batch.submitted'>
  readonly include: WriteHandler<'batch.included'>
  readonly settle: WriteHandler<'batch.settled'>
  readonly revive: WriteHandler<'batch.revived'>
}

export function createBatchWrites(database: Database, move: MoveOperations): BatchWrites {
  const numberOf = createNumberOf(database)
  return {
    open: createOpen(database, numberOf, move),
    plan: createPlan(database, numberOf),
    drop: createDrop(database, numberOf, move),
    sign: createSign(database, numberOf),
    submit: createSubmit(database, numberOf, move),
    include: createInclude(database, numberOf),
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
    VALUES (:id, 'Simulating', :operations, :gasBudget, :createdAt)`)
  return ({ batchId, operations, gasBudget, at }) => {
    insert.run({ id: batchId, operations: JSON.stringify(operations), gasBudget, createdAt: at })
    return move(operations, { to: 'batching', at, joins: numberOf(batchId) })
  }
}

function createPlan(database: Database, numberOf: NumberOf): WriteHandler<'batch.planned'> {
  const insert = database.prepare<PlanColumns & { batch: BatchNumber }>(
    'INSERT INTO plans (batch, gasLimit, calls, callData) VALUES (:batch, :gasLimit, :calls, unhex(substr(:callData, 3)))',
  )
  const update = database.prepare<{ number: BatchNumber; at: Millis }>(`
    UPDATE batches SET state = 'ReadyToSubmit', simulationCompletedAt = :at
    WHERE number = :number AND endedAt IS NULL`)
  return ({ batchId, plan, at }) => {
    const number = numberOf(batchId)
    if (update.run({ number, at }) === 1) insert.run({ batch: number, ...encodePlan(plan) })
    return []
  }
}

function createSign(database: Database, numberOf: NumberOf): WriteHandler<'attempt.signed'> {
  // A hash stands for the bytes that it is of: what is signed again is the same attempt.
  const insert = database.prepare<Omit<TransactionAttempt, 'batchId'> & { batch: BatchNumber }>(`
    INSERT INTO attempts
      (batch, hash, nonce, purpose, gasLimit, maxFeePerGas, maxPriorityFeePerGas, signedAt, raw)
    VALUES
      (:batch, :hash, :nonce, :purpose, :gasLimit, :maxFeePerGas, :maxPriorityFeePerGas, :signedAt, unhex(substr(:raw, 3)))
    ON CONFLICT (hash) DO NOTHING`)
  const update = database.prepare<{ number: BatchNumber }>(
    `UPDATE batches SET state = 'Resubmitting' WHERE number = :number AND state = 'Submitted'`,
  )
  return ({ attempt: { batchId, ...columns } }) => {
    const number = numberOf(batchId)
    if (insert.run({ ...columns, batch: number }) === 1) update.run({ number })
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
    Pick<TransactionAttempt, 'purpose'> & { calls: string | null }
  >(
    'SELECT purpose, calls FROM attempts LEFT JOIN plans USING (batch) WHERE batch = :number AND hash = :txHash',
  )
  const update = database.prepare<{ number: BatchNumber; at: Millis }>(`
    UPDATE batches SET state = 'Submitted', submittedAt = coalesce(submittedAt, :at)
    WHERE number = :number AND endedAt IS NULL`)
  return ({ batchId, txHash, at }) => {
    const number = numberOf(batchId)
    const attempt = select.first({ number, txHash })
    if (attempt === undefined) {
      throw new StoreError('conflict', `batch ${batchId} has no signed transaction ${txHash}`)
    }
    update.run({ number, at })
    if (attempt.purpose === 'cancel') return []
    if (attempt.calls === null) throw new StoreError('conflict', `batch ${batchId} has no plan`)
    return move(plannedOperations(attempt.calls), { to: 'submitted', at, within: number, txHash })
  }
}

function createInclude(database: Database, numberOf: NumberOf): WriteHandler<'batch.included'> {
  const update = database.prepare<{ number: BatchNumber; inclusion: string | null }>(`
    UPDATE batches SET state = 'Submitted', inclusion = :inclusion WHERE number = :number AND endedAt IS NULL`)
  return ({ batchId, inclusion, at }) => {
    update.run({
      number: numberOf(batchId),
      inclusion: inclusion === null ? null : encodeInclusion(inclusion, at),
    })
    return []
  }
}
