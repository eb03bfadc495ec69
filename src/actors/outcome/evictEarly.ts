/**
 * Finds the failed operations that ran early: with a nonce above the lane's next nonce, for example because a reorg removed
 * the operation before. The registry checks the signer and the slots before the nonce, so an early operation may revert with
 * any error. The lane's counter tells.
 */
import type { OpEnvelope, OperationId } from '../../domain/operation.ts'
import type { Hash } from '../../domain/primitives.ts'
import type { OpStatus } from '../../domain/status.ts'
import type { DeployedRegistry } from '../../registry/registry.ts'
import { type ChainClient, isTemporary } from '../../rpc/chainClient.ts'
import { evictedStatus } from '../simulation/verdict.ts'
import { readCounter } from './foreignTransactions.ts'

/** A batch after execution in a block. */
interface ExecutedBatch {
  readonly client: ChainClient
  readonly registry: DeployedRegistry
  /** The operations in the order of the batch. */
  readonly envelopes: readonly OpEnvelope[]
  readonly succeeded: ReadonlySet<OperationId>
  /** Hash of the block before the block of the batch. */
  readonly parentHash: Hash
}

/**
 * Evicts early operations: they return to their lanes.
 * @param statuses of the batch, by operation
 * @returns the new statuses of the early operations; nothing for an operation in a pruned state
 * @throws viem's error when the chain does not answer
 */
export async function evictEarly(
  batch: ExecutedBatch,
  statuses: Readonly<Record<OperationId, OpStatus>>,
): Promise<Readonly<Record<OperationId, OpStatus>>> {
  const failed = batch.envelopes.filter(({ id }) => statuses[id]?.type === 'Failed')
  const evictions = await Promise.all(
    failed.map(async (envelope): Promise<readonly [OperationId, OpStatus][]> => {
      const next = await nextNonceBefore(batch, envelope)
      const isEarly = next !== null && envelope.lane !== null && envelope.lane.nonce > next
      return isEarly ? [[envelope.id, evictedStatus('DependencyNotReady', { nextNonce: next })]] : []
    }),
  )
  return Object.fromEntries(evictions.flat())
}

/**
 * The lane's next nonce when the operation ran: the counter at the parent block plus the successes ahead in the batch.
 * @returns null without a lane, or when the node has pruned the state
 */
async function nextNonceBefore(
  { client, registry, envelopes, succeeded, parentHash }: ExecutedBatch,
  envelope: OpEnvelope,
): Promise<number | null> {
  const { lane } = envelope
  if (lane === null) return null
  const ahead = envelopes.slice(0, envelopes.indexOf(envelope))
  const done = ahead.filter(({ id, lane: other }) => other?.leaf === lane.leaf && succeeded.has(id)).length
  try {
    return done + (await readCounter(client, registry, lane, parentHash))
  } catch (error) {
    if (isTemporary(error)) throw error
    return null
  }
}
