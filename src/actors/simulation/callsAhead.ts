/** The calls of our batches in flight that change the gas of a batch. */
import type { OpEnvelope } from '../../domain/operation.ts'
import type { Gas } from '../../domain/primitives.ts'
import { gasEstimates } from '../../registry/worldId/kinds.ts'
import { foldedCalls, isCreate } from './draftCalls.ts'
import type { Ahead } from './simulateAhead.ts'

const NOTHING: Ahead = { calls: [], isComplete: true }
const UNKNOWN: Ahead = { calls: [], isComplete: false }

/**
 * Only creates have a gas that depends on other accounts: each moves the end of the tree. So only creates are simulated ahead,
 * and only of a batch with creates.
 * @param batches the operations of each batch in flight
 * @param own the operations of the batch
 * @param mostGas if the calls ahead may use more, they are unknown
 */
export function callsAhead(
  batches: readonly (readonly OpEnvelope[])[],
  own: readonly OpEnvelope[],
  mostGas: Gas,
): Ahead {
  const creates = batches.map((batch) => batch.filter(isCreate)).filter(({ length }) => length > 0)
  if (!own.some(isCreate) || creates.length === 0) return NOTHING
  const { base, each } = gasEstimates.create_account
  const gas = creates.reduce((sum, { length }) => sum + base + each * length, 0)
  if (gas > mostGas) return UNKNOWN
  return {
    calls: creates.flatMap((batch) => foldedCalls(batch)).map(({ callData }) => callData),
    isComplete: true,
  }
}
