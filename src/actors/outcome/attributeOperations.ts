/** Finds the successful operations of an included batch, and how the other calls failed. */
import type { TransactionReceipt } from 'viem'
import type { PlannedCall } from '../../domain/batch.ts'
import type { OpEnvelope, OperationId } from '../../domain/operation.ts'
import type { Hash } from '../../domain/primitives.ts'
import { attribute } from '../../registry/attribution.ts'
import type { DeployedRegistry } from '../../registry/registry.ts'
import type { ChainClient } from '../../rpc/chainClient.ts'
import type { Simulate } from '../simulation/simulationMethods.ts'
import { ContradictionError } from './contradictions.ts'
import { type Reverts, simulatedReverts, tracedReverts } from './reverts.ts'

/** A batch in a block. */
export interface IncludedBatch {
  readonly client: ChainClient
  readonly simulate: Simulate
  readonly registry: DeployedRegistry
  readonly calls: readonly PlannedCall[]
  readonly envelopes: readonly OpEnvelope[]
  readonly receipt: TransactionReceipt
  readonly block: { readonly parentHash: Hash }
}

export interface Attribution {
  readonly succeeded: ReadonlySet<OperationId>
  /** The failed calls, as far as known. */
  readonly reverts: Reverts
}

const noReverts: Reverts = new Map()

/**
 * Reads success from the logs. When an operation has no log, the reverts come from a trace, or else from a new simulation.
 * Nothing is simulated again after a transaction that reverted as a whole: only a trace shows which call used the gas.
 * @throws viem's error when the chain does not answer
 * @throws ContradictionError when the logs and the trace disagree
 */
export async function attributeOperations(batch: IncludedBatch): Promise<Attribution> {
  const byLogs = succeededExcept(batch, noReverts)
  if (byLogs.size === batch.envelopes.length) return { succeeded: byLogs, reverts: noReverts }
  const reverts = await tracedReverts(batch.client, batch.calls, batch.receipt)
  if (reverts !== null) return attributeByTrace(batch, reverts)
  return batch.receipt.status === 'reverted'
    ? { succeeded: new Set(), reverts: noReverts }
    : attributeBySimulation(batch)
}

function attributeByTrace(batch: IncludedBatch, reverts: Reverts): Attribution {
  const succeeded = succeededExcept(batch, reverts)
  const isKnown = (call: PlannedCall) => reverts.has(call) || call.operations.every((id) => succeeded.has(id))
  if (!batch.calls.every(isKnown)) {
    throw new ContradictionError(
      batch.receipt.transactionHash,
      'its trace shows a successful call, and its receipt has no log of the call',
    )
  }
  return { succeeded, reverts }
}

/**
 * Runs the calls again on the parent block. A call may succeed there without a log in the receipt: an earlier transaction
 * of the block broke the call, or the gas did not suffice. The state after the block would not tell: it contains the
 * effects of the batch itself. So the revert of such a call stays unknown.
 */
async function attributeBySimulation(batch: IncludedBatch): Promise<Attribution> {
  const reverts = await simulatedReverts(batch.simulate, batch.calls, batch.block.parentHash)
  return { succeeded: succeededExcept(batch, reverts), reverts }
}

/** The operations with a log, without the operations of reverted calls: two operations may leave the same log. */
function succeededExcept(
  { envelopes, receipt, registry }: IncludedBatch,
  reverts: Reverts,
): ReadonlySet<OperationId> {
  const reverted = new Set([...reverts.keys()].flatMap(({ operations }) => operations))
  return attribute(envelopes, receipt.logs, registry, reverted)
}
