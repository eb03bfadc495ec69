/**
 * Which operations of a batch succeeded, told by its receipt's logs alone. A receipt holds neither return data nor what
 * became of inner calls, but every successful operation leaves a log that says all about it, and a failed one none.
 */

import type { OpEnvelope, OperationId } from '../../domain/operation.ts'
import type { Address } from '../../domain/primitives.ts'
import { fits, type ReceiptLog } from '../../evm/logPattern.ts'
import { operationKinds } from './kinds.ts'

/**
 * The operations whose success is logged. Each log speaks for one operation at most. Operations of one account that
 * would leave the same log (there and back and there again) are told apart by their order, and by what else is known.
 * @param envelopes the operations; those of one account in the order in which the batch calls them
 * @param logs the receipt's, in order; those of other contracts count for nothing
 * @param reverted operations that seem to have reverted: a log is theirs only when it can be nobody else's
 */
export function attribute(
  envelopes: readonly Pick<OpEnvelope, 'id' | 'operation'>[],
  logs: readonly ReceiptLog[],
  registry: Address,
  reverted: ReadonlySet<OperationId> = new Set(),
): ReadonlySet<OperationId> {
  const expectations = envelopes.map(({ id, operation }, position) => {
    const pattern = operationKinds[operation.kind].successLog(operation)
    // A creation's account is not known before: it is in a lane of its own.
    return { id, position, pattern, lane: pattern.topics[1] ?? id }
  })
  const reached = new Map<string, number>()
  const succeeded = new Set<OperationId>()
  for (const log of logs) {
    if (log.address.toLowerCase() !== registry.toLowerCase()) continue
    const candidates = expectations.filter(
      ({ pattern, lane, position }) => fits(log, pattern) && position > (reached.get(lane) ?? -1),
    )
    const match = candidates.find(({ id }) => !reverted.has(id)) ?? candidates[0]
    if (match === undefined) continue
    reached.set(match.lane, match.position)
    succeeded.add(match.id)
  }
  return succeeded
}
