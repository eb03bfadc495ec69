/** Operations that an upgrade of the contract overtook: their calls name a function that the new version lacks. */
import type { PlannedCall } from '../../domain/batch.ts'
import type { OpEnvelope, OperationId } from '../../domain/operation.ts'
import { isFunctionMissing, type OpStatus } from '../../domain/status.ts'
import type { ChainClient } from '../../rpc/chainClient.ts'
import type { RegistryVersion } from '../registryVersion.ts'
import { evictedStatus } from '../simulation/verdict.ts'

type Statuses = Readonly<Record<OperationId, OpStatus>>

/**
 * Evicts the operations whose kind has another call in the present version: they are sent again with that call.
 * @returns the new statuses of these operations
 * @throws viem's error when the node does not answer
 */
export async function retryWithNewVersion(
  {
    client,
    version,
    calls,
    envelopes,
  }: {
    readonly client: ChainClient
    readonly version: Pick<RegistryVersion, 'current' | 'refresh'>
    readonly calls: readonly PlannedCall[]
    readonly envelopes: readonly OpEnvelope[]
  },
  statuses: Statuses,
): Promise<Statuses> {
  const overtaken = envelopes.filter(({ id }) => {
    const status = statuses[id]
    return status !== undefined && isFunctionMissing(status)
  })
  if (overtaken.length === 0) return {}
  await version.refresh(client)
  const registry = version.current
  const sent = new Map(calls.flatMap(({ operations, callData }) => operations.map((id) => [id, callData])))
  const again = overtaken.filter(({ id, operation }) => {
    const kind = registry.kindOf(operation)
    return kind.unavailable === undefined && kind.callData(operation) !== sent.get(id)
  })
  return Object.fromEntries(again.map(({ id }) => [id, evictedStatus('DependencyNotReady')]))
}
