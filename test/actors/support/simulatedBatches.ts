/** Reads the report of a simulated batch, and states the expected statuses. */

import type { QueuedOperation } from '../../../src/domain/operation.ts'
import type { Address } from '../../../src/domain/primitives.ts'
import type { SimulationReport } from '../../../src/machines/pendingBatch/context.ts'
import type { WorldIdOperation } from '../../../src/registry/worldId/operations.ts'

/** The operations of the planned calls. */
export const planned = ({ plan }: SimulationReport) => (plan?.calls ?? []).map(({ operations }) => operations)

export const idsOf = (operations: readonly QueuedOperation[]) => operations.map(({ id }) => id)

export const evicted = (reason: string, nextNonce: number | null = null) => ({
  type: 'Evicted',
  reason,
  nextNonce,
})

export const failure = (code: string) => ({
  type: 'Failed',
  reason: { type: 'ContractError', code },
  txHash: null,
})

export const authenticatorsOf = (operation: WorldIdOperation): readonly Address[] =>
  operation.kind === 'create_account' ? operation.authenticatorAddresses : []
