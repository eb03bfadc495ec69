/**
 * The writes about a batch, from `batch.opened` to `batch.settled`.
 *
 * A settled batch does not change: a late write about it moves nothing. A write that contradicts the store is a defect of the writer
 * and throws a `StoreError`.
 */
import type { BatchId, FinalizedBatch, TransactionAttempt } from '../../domain/batch.ts'
import { totalCost } from '../../domain/cost.ts'
import type { OperationId } from '../../domain/operation.ts'
import type { IgnoredTransition, StoreWrite } from '../../domain/writes.ts'
import { StoreError } from '../port.ts'
import {
  type BatchNumber,
  encodeInclusion,
  encodePlan,
  plannedOperations,
  type StoredBatch,
} from '../records/batches.ts'
import { STATE_AFTER, withVerdict } from '../records/operations.ts'
import type { Query } from './connection.ts'
import { move } from './operations.ts'
import { reviveBatch } from './recovery.ts'

type Write<T extends StoreWrite['type']> = Extract<StoreWrite, { type: T }>

/** Carries out a write of its type; returns the operations left unchanged by the write. */
export type WriteHandlers = {
  readonly [T in StoreWrite['type']]?: (
    query: Query,
    write: Write<T>,
  ) => Promise<readonly IgnoredTransition[]>
}

const NONE: readonly IgnoredTransition[] = []

export const batchWrites = {
  async 'batch.opened'(query, { batchId, operations, gasBudget, at }) {
    await query(
      `INSERT INTO batches (id, state, operations, "gasBudget", "createdAt") VALUES ($1, 'Pending', $2, $3, $4)`,
      [batchId, JSON.stringify(operations), gasBudget, at],
    )
    const joins = { id: batchId, number: await numberOf(query, batchId) }
    const moves = operations.map((id) => ({ id, to: 'batching' as const }))
    return move(query, moves, { at, joins })
  },

  async 'batch.entered'(query, { batchId, state }) {
    await query('UPDATE batches SET state = $2 WHERE number = $1 AND "settledAt" IS NULL', [
      await numberOf(query, batchId),
      state,
    ])
    return NONE
  },

  async 'batch.planned'(query, { batchId, plan, at }) {
    const number = await numberOf(query, batchId)
    const { count } = await query(
      `UPDATE batches SET "simulationCompletedAt" = coalesce("simulationCompletedAt", $2)
       WHERE number = $1 AND "settledAt" IS NULL`,
      [number, at],
    )
    if (count === 0) return NONE
    const { gasLimit, calls, callData } = encodePlan(plan)
    await query(
      `INSERT INTO plans (batch, "gasLimit", calls, "callData") VALUES ($1, $2, $3, decode(substr($4, 3), 'hex'))`,
      [number, gasLimit, calls, callData],
    )
    return NONE
  },

  async 'batch.trimmed'(query, { batchId, statuses, evidenceBlock, at }) {
    const number = await numberOf(query, batchId)
    const { rows } = await query<{ trimmed: string }>(
      'SELECT trimmed FROM batches WHERE number = $1 AND "settledAt" IS NULL',
      [number],
    )
    const [row] = rows
    if (row !== undefined) {
      const trimmed = new Set([...JSON.parse(row.trimmed), ...Object.keys(statuses)])
      await query('UPDATE batches SET trimmed = $2 WHERE number = $1', [number, JSON.stringify([...trimmed])])
    }
    return applyStatuses(query, { id: batchId, number }, { statuses, evidenceBlock, at })
  },

  // Equal hashes mean equal bytes: a stored attempt needs no second row.
  async 'attempt.signed'(query, { attempt }) {
    await query(
      `INSERT INTO attempts (batch, hash, nonce, purpose, plan, "gasLimit", "maxFeePerGas", "maxPriorityFeePerGas", "rollupFee",
         "signedAt", raw)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, decode(substr($11, 3), 'hex'))
       ON CONFLICT (hash) DO NOTHING`,
      [await numberOf(query, attempt.batchId), ...columnsOf(attempt)],
    )
    return NONE
  },

  async 'attempt.refused'(query, { batchId, txHash, refusal }) {
    const { count } = await query('UPDATE attempts SET refusal = $2 WHERE hash = $1', [
      txHash,
      JSON.stringify(refusal),
    ])
    if (count === 0) throw notSigned(batchId, txHash)
    return NONE
  },

  async 'batch.submitted'(query, { batchId, txHash, at }) {
    const number = await numberOf(query, batchId)
    const { rows } = await query<Pick<TransactionAttempt, 'purpose' | 'plan'>>(
      'SELECT purpose, plan FROM attempts WHERE batch = $1 AND hash = $2',
      [number, txHash],
    )
    const [attempt] = rows
    if (attempt === undefined) throw notSigned(batchId, txHash)
    await query(
      `UPDATE batches SET "submittedAt" = coalesce("submittedAt", $2) WHERE number = $1 AND "settledAt" IS NULL`,
      [number, at],
    )
    if (attempt.purpose === 'cancel') return NONE
    const plans = await query<{ calls: string }>(
      'SELECT calls FROM plans WHERE batch = $1 ORDER BY number LIMIT 1 OFFSET $2',
      [number, attempt.plan ?? 0],
    )
    const [plan] = plans.rows
    if (plan === undefined) throw new StoreError('conflict', `batch ${batchId} has no plan`)
    const moves = plannedOperations(plan.calls).map((id) => ({ id, to: 'submitted' as const }))
    return move(query, moves, { at, within: { id: batchId, number }, txHash })
  },

  async 'batch.included'(query, { batchId, inclusion, at }) {
    await query(
      'UPDATE batches SET inclusion = $2, "includedIn" = $3 WHERE number = $1 AND "settledAt" IS NULL',
      [
        await numberOf(query, batchId),
        inclusion === null ? null : encodeInclusion(inclusion, at),
        inclusion?.blockNumber ?? null,
      ],
    )
    return NONE
  },

  async 'batch.finalityChanged'(query, { batchId, finality }) {
    await query('UPDATE batches SET finality = $2, "isClimbing" = $3 WHERE id = $1', [
      batchId,
      finality === null ? null : JSON.stringify(finality),
      finality !== null && finality.levels.finalized === undefined,
    ])
    return NONE
  },

  async 'batch.settled'(query, { batch }) {
    const within = { id: batch.batchId, number: await numberOf(query, batch.batchId) }
    const { number } = within
    const { rows } = await query<{ trimmed: string }>('SELECT trimmed FROM batches WHERE number = $1', [
      number,
    ])
    const trimmed: ReadonlySet<OperationId> = new Set(JSON.parse(rows[0]?.trimmed ?? '[]'))
    const statuses = Object.fromEntries(Object.entries(batch.statuses).filter(([id]) => !trimmed.has(id)))
    const at = batch.timing.finalizedAt
    const ignored = await applyStatuses(query, within, { statuses, evidenceBlock: {}, at })
    const leftOver = await query<{ id: OperationId }>(
      `SELECT id FROM operations WHERE batch = $1 AND state IN ('batching', 'submitted') LIMIT 1`,
      [number],
    )
    const [left] = leftOver.rows
    if (left !== undefined) {
      throw new StoreError('conflict', `batch ${batch.batchId} is settled without a status for ${left.id}`)
    }
    const unmoved = new Set(ignored.map(({ id }) => id))
    if (await storeResult(query, number, batch, withVerdict(statuses, unmoved)))
      await storeShares(query, batch)
    return ignored
  },

  async 'batch.revived'(query, { batchId, at }) {
    await reviveBatch(query, { id: batchId, number: await numberOf(query, batchId) }, at)
    return NONE
  },
} as const satisfies WriteHandlers

/** The row number of a batch. @throws StoreError for an unknown batch */
async function numberOf(query: Query, id: BatchId): Promise<BatchNumber> {
  const { rows } = await query<{ number: BatchNumber }>('SELECT number FROM batches WHERE id = $1', [id])
  const [row] = rows
  if (row === undefined) throw new StoreError('conflict', `batch ${id} is not stored`)
  return row.number
}

function notSigned(batchId: BatchId, txHash: string): StoreError {
  return new StoreError('conflict', `batch ${batchId} has no signed transaction ${txHash}`)
}

function columnsOf(attempt: TransactionAttempt): readonly unknown[] {
  const { hash, nonce, purpose, plan, gasLimit, maxFeePerGas, maxPriorityFeePerGas, rollupFee } = attempt
  const { signedAt, raw } = attempt
  return [hash, nonce, purpose, plan, gasLimit, maxFeePerGas, maxPriorityFeePerGas, rollupFee, signedAt, raw]
}

/**
 * Settles the row of an open batch. The inclusion stays only if the result names the same transaction and block.
 * @returns false for a settled batch
 */
async function storeResult(
  query: Query,
  number: BatchNumber,
  batch: FinalizedBatch,
  verdicts: readonly OperationId[],
): Promise<boolean> {
  const { count } = await query(
    `UPDATE batches SET state = $2, "settledAt" = $3, "simulationCompletedAt" = coalesce("simulationCompletedAt", $4), result = $5,
       verdicts = $6, "totalCost" = $7,
       inclusion = CASE WHEN inclusion::json ->> 'txHash' = $8 AND "includedIn" = $9 THEN inclusion END,
       "includedIn" = CASE WHEN inclusion::json ->> 'txHash' = $8 AND "includedIn" = $9 THEN "includedIn" END
     WHERE number = $1 AND "settledAt" IS NULL`,
    [
      number,
      batch.failure === null ? 'Finalized' : 'Failed',
      batch.timing.finalizedAt,
      batch.timing.simulationCompletedAt,
      JSON.stringify(batch),
      JSON.stringify(verdicts),
      batch.cost === undefined ? null : totalCost(batch.cost),
      batch.txHash,
      batch.blockNumber,
    ],
  )
  return count === 1
}

/** Stores the share of each operation, also of an operation that has left the batch meanwhile. */
async function storeShares(query: Query, { batchId, cost }: FinalizedBatch): Promise<void> {
  if (cost === undefined) return
  await query(
    `UPDATE operations SET costs = costs || jsonb_build_object($2::text, share.value)
     FROM jsonb_each($1::jsonb) AS share WHERE operations.id = share.key`,
    [JSON.stringify(cost.shares), batchId],
  )
}

function applyStatuses(
  query: Query,
  within: StoredBatch,
  { statuses, evidenceBlock, at }: Pick<Write<'batch.trimmed'>, 'statuses' | 'evidenceBlock' | 'at'>,
): Promise<readonly IgnoredTransition[]> {
  const moves = Object.entries(statuses).map(([id, status]) => ({
    id,
    to: STATE_AFTER[status.type],
    status,
    evidenceBlock: evidenceBlock[id],
  }))
  return move(query, moves, { at, within })
}
