/** Moving operations from state to state: the one place that can, and the guard that no late writer gets past. */
import type { BlockRef } from '../../domain/chain.ts'
import type { OperationId } from '../../domain/operation.ts'
import type { Hash, Millis } from '../../domain/primitives.ts'
import { isCharged, type OpStatus, REQUEST_TRANSITIONS, type RequestStateName } from '../../domain/status.ts'
import type { IgnoredTransition } from '../port.ts'
import type { Database } from './database.ts'
import { StoreError } from './storeError.ts'

/** A batch's row number. */
export type BatchNumber = number

interface Move {
  readonly to: RequestStateName
  readonly at: Millis
  /** The batch that the operation joins. */
  readonly joins?: BatchNumber
  /** The batch that the operation must ride in; when it has left that, it stays as it is. */
  readonly within?: BatchNumber
  /** The transaction that is shown for it while it is `submitted`. */
  readonly txHash?: Hash
  /** What became of it; without one, it keeps the last. */
  readonly status?: OpStatus
  /** The block that an end stands on, when no transaction of ours does. */
  readonly evidenceBlock?: BlockRef
}

/** Moves the operations whose state allows it, in their order; returns the others. */
export type MoveOperations = (ids: readonly OperationId[], move: Move) => readonly IgnoredTransition[]

/** The `MoveOperations` of a database. It throws a `StoreError` for an operation that is not stored. */
export function createMoves(database: Database): MoveOperations {
  const select = database.prepare<
    { id: OperationId },
    { sequence: number; state: RequestStateName; batch: BatchNumber | null }
  >('SELECT sequence, state, batch FROM operations WHERE id = :id')
  const update = database.prepare<{
    sequence: number
    state: RequestStateName
    batch: BatchNumber | null
    txHash: Hash | null
    status: string | null
    evidenceBlock: string | null
    evictions: number
    updatedAt: Millis
  }>(`
    UPDATE operations SET state = :state, batch = coalesce(:batch, batch), txHash = :txHash, evidenceBlock = :evidenceBlock,
      status = coalesce(:status, status), tries = tries + :evictions, updatedAt = :updatedAt
    WHERE sequence = :sequence`)

  return (ids, { to, at, joins, within, txHash, status, evidenceBlock }) => {
    const change = {
      state: to,
      batch: joins ?? null,
      txHash: txHash ?? null,
      status: status === undefined ? null : JSON.stringify(status),
      evidenceBlock: evidenceBlock === undefined ? null : JSON.stringify(evidenceBlock),
      evictions: status !== undefined && isCharged(status) ? 1 : 0,
      updatedAt: at,
    }
    return ids.flatMap((id) => {
      const operation = select.first({ id })
      if (operation === undefined) throw new StoreError('conflict', `no operation ${id}`)
      const hasLeft = within !== undefined && (operation.batch !== within || !isRiding(operation.state))
      if (hasLeft || !REQUEST_TRANSITIONS[operation.state].includes(to)) {
        return [{ id, from: operation.state, to }]
      }
      update.run({ sequence: operation.sequence, ...change })
      return []
    })
  }
}

/** Takes operations that their batch had judged back into it. */
export type TakeBack = (
  ids: readonly OperationId[],
  to: { readonly batch: BatchNumber; readonly txHash: Hash; readonly at: Millis },
) => void

export function createTakeBack(database: Database): TakeBack {
  const update = database.prepare<{ ids: string; batch: BatchNumber; txHash: Hash; at: Millis }>(`
    UPDATE operations SET state = 'submitted', txHash = :txHash, status = NULL, updatedAt = :at
    WHERE id IN (SELECT value FROM json_each(:ids)) AND batch = :batch AND state IN ('finalized', 'failed')`)
  return (ids, to) => void update.run({ ids: JSON.stringify(ids), ...to })
}

/** Takes an operation back that had ended at simulation; one that had not stays as it is. */
export function createRequeue(database: Database): (id: OperationId, at: Millis) => void {
  const update = database.prepare<{ id: OperationId; at: Millis }>(`
    UPDATE operations SET state = 'queued', status = NULL, evidenceBlock = NULL, updatedAt = :at
    WHERE id = :id AND evidenceBlock IS NOT NULL`)
  return (id, at) => void update.run({ id, at })
}

/** True in the states in which an operation is in its batch, and was not only last in it. */
function isRiding(state: RequestStateName): boolean {
  return state === 'batching' || state === 'submitted'
}
