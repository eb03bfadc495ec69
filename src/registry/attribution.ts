/**
 * Finds the successful operations of a batch in the logs of its receipt. A receipt holds neither return data nor the results
 * of inner calls, but every successful operation writes a log with its fields, and a failed operation writes no log.
 */

import type { OpEnvelope, OperationId } from '../domain/operation.ts'
import { fits, type ReceiptLog } from '../evm/logPattern.ts'
import type { DeployedRegistry } from './registry.ts'

/**
 * Returns the operations with a log of success. A log counts for one operation at most. Two operations of an account
 * may have equal logs (a change, the opposite change, and the first change again). Order and `reverted` then decide.
 * @param envelopes the operations; operations of an account in call order
 * @param logs of the receipt, in order; logs of other contracts are ignored
 * @param reverted operations that probably reverted: a reverted operation gets a log only if no other operation fits
 */
export function attribute(
  envelopes: readonly Pick<OpEnvelope, 'id' | 'operation'>[],
  logs: readonly ReceiptLog[],
  registry: Pick<DeployedRegistry, 'address' | 'kindOf'>,
  reverted: ReadonlySet<OperationId> = new Set(),
): ReadonlySet<OperationId> {
  const expectations = envelopes.map(({ id, operation }, position) => {
    const patterns = registry.kindOf(operation).successLogs(operation)
    // The first indexed argument names the account. A new account has no name yet: each creation counts as a separate lane.
    return { id, position, patterns, lane: patterns[0].topics[1] ?? id }
  })
  const reached = new Map<string, number>()
  const succeeded = new Set<OperationId>()
  for (const log of logs) {
    if (log.address.toLowerCase() !== registry.address.toLowerCase()) continue
    const candidates = expectations.filter(
      ({ patterns, lane, position }) =>
        patterns.some((pattern) => fits(log, pattern)) && position > (reached.get(lane) ?? -1),
    )
    const match = candidates.find(({ id }) => !reverted.has(id)) ?? candidates[0]
    if (match === undefined) continue
    reached.set(match.lane, match.position)
    succeeded.add(match.id)
  }
  return succeeded
}
