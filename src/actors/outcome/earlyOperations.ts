/**
 * Whose turn it was. The registry looks at signers and slots before it looks at the nonce, so what runs before its turn may
 * revert with anything: a reorg may have taken back the operation that comes before it. The account's counter tells.
 */
import type { OpEnvelope, OperationId } from '../../domain/operation.ts'
import type { Address, Hash } from '../../domain/primitives.ts'
import type { OpStatus } from '../../domain/status.ts'
import { type ChainClient, isTemporary } from '../../rpc/chainClient.ts'
import { eviction } from '../simulation/judgement.ts'
import { readCounter } from './foreignTransactions.ts'

export interface TurnQuestion {
  readonly client: ChainClient
  readonly registry: Address
  /** A batch's operations, in its order. */
  readonly envelopes: readonly OpEnvelope[]
  readonly succeeded: ReadonlySet<OperationId>
  /** The block before the one that the batch is in. */
  readonly parentHash: Hash
}

/**
 * Those that ran before their turn go back to their lanes, whatever they reverted with.
 * @returns the new fates, by operation; nothing of those whose block's state the node does not keep any more
 * @throws viem's error when the chain does not answer
 */
export async function evictEarly(
  question: TurnQuestion,
  statuses: Readonly<Record<OperationId, OpStatus>>,
): Promise<Readonly<Record<OperationId, OpStatus>>> {
  const failed = question.envelopes.filter(({ id }) => statuses[id]?.type === 'Failed')
  const fates = await Promise.all(
    failed.map(async (envelope): Promise<readonly [OperationId, OpStatus][]> => {
      const turn = await turnIn(question, envelope)
      const isEarly = turn !== null && envelope.lane !== null && envelope.lane.nonce > turn
      return isEarly ? [[envelope.id, eviction('DependencyNotReady', turn)]] : []
    }),
  )
  return Object.fromEntries(fates.flat())
}

/** The nonce whose turn it was where an operation ran: the counter of before, and what succeeded ahead of it in its batch. */
async function turnIn(
  { client, registry, envelopes, succeeded, parentHash }: TurnQuestion,
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
