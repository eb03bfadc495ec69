/** How far one operation has come, and the levels of finality of its transaction. */
import type { BatchId } from './batch.ts'
import type { Levels } from './finality.ts'
import type { OperationDetail } from './handle.ts'
import type { RequestStateName } from './status.ts'

/** How far an operation has come. */
export interface Progress {
  readonly state: RequestStateName
  /** The current or last batch; null before the first. */
  readonly batchId: BatchId | null
  /** The levels of finality of the batch's transaction. No level if the transaction does not carry the operation. */
  readonly levels: Levels
}

/**
 * The levels of the transaction that carries the operation, or that gave its verdict. None for an operation that is queued,
 * was left out of the transaction, or has a verdict without a transaction of ours.
 */
export function levelsOf({ envelope, state, status, batch, attempts }: OperationDetail): Levels {
  const finality = batch?.finality ?? null
  if (batch === null || finality === null) return {}
  const { txHash, levels } = finality
  if (state.state === 'submitted') return carries({ batch, attempts }, txHash, envelope.id) ? levels : {}
  const isOfVerdict = status !== null && status.type !== 'Evicted' && status.txHash === txHash
  return isOfVerdict ? levels : {}
}

/** True if the plan of an attempt has the operation. */
function carries(
  {
    batch,
    attempts,
  }: { readonly batch: NonNullable<OperationDetail['batch']> } & Pick<OperationDetail, 'attempts'>,
  txHash: string,
  id: string,
): boolean {
  const attempt = attempts.find(({ hash }) => hash === txHash)
  const plan = batch.plans[attempt?.plan ?? -1]
  return plan?.calls.some(({ operations }) => operations.includes(id)) ?? false
}
