/** Which operations fail by themselves: the registry would refuse them, or their own recovery agent burns their gas. */

import type { BatchPlan } from '../../src/domain/batch.ts'
import type { Operation } from '../../src/domain/operation.ts'
import { isCharged, type OpStatus } from '../../src/domain/status.ts'
import type { RecoverAccountOp } from '../../src/registry/worldId/operations.ts'
import { worldIdV1 } from '../../src/registry/worldId/worldId.ts'
import type { OperationRecord } from '../../src/store/port.ts'
import { callDataOf, effectOf } from './callData.ts'
import type { Chain } from './chain/chain.ts'
import { callRegistry } from './chain/registry.ts'
import { readRegistryCall } from './chain/registryCall.ts'
import { accountAt } from './chain/registryState.ts'
import { Reverted } from './chain/reverted.ts'

/** Whether the registry accepts an operation alone, after the newest block. */
function succeedsAlone(chain: Chain, operation: Operation): boolean {
  const { domain, agents } = chain.options
  const { state, timestamp } = chain.head
  const context = { domain, agents, isPaid: true, timestamp }
  try {
    callRegistry(state.registry, readRegistryCall(callDataOf(operation)), context)
    return true
  } catch (error) {
    if (error instanceof Reverted) return false
    throw error
  }
}

/** Whether an operation can burn gas: the recovery agent of its account does. */
function canBurn(chain: Chain, operation: Operation): boolean {
  if (operation.kind !== 'recover_account') return false
  const { leafIndex } = operation as RecoverAccountOp
  const { recoveryAgent } = accountAt(chain.head.state.registry, BigInt(leafIndex))
  const conduct = chain.options.agents.get(recoveryAgent)?.conduct
  return conduct === 'burnsAlways' || conduct === 'burnsOnChain'
}

/** Whether a charged try names the operation with proof: it can burn gas, or it was alone in the transaction. */
export function isRightlyCharged(
  status: OpStatus,
  operation: Operation | null,
  { chain, plan }: { readonly chain: Chain; readonly plan: BatchPlan | null },
): boolean {
  if (!isCharged(status) || operation === null) return true
  const members = plan?.calls.flatMap(({ operations }) => operations) ?? []
  return members.length === 1 || canBurn(chain, operation)
}

/** Reasons that only the other operations of the same account explain: an earlier nonce came late, or was used. */
const OWN_ACCOUNT: ReadonlySet<string> = new Set(['NonceTooHigh', 'NonceTooLow'])

/** The failed operations that nothing of their own explains. Rivals for an address may explain each other's failures. */
export function innocentFailures(
  chain: Chain,
  records: readonly OperationRecord[],
  meddled: ReadonlySet<string>,
): readonly OperationRecord[] {
  const contested = contestedAddresses(records)
  return records.filter(({ envelope: { operation, claims }, state, status }) => {
    if (state.state !== 'failed' || meddled.has(effectOf(operation))) return false
    if (claims.some((address) => contested.has(address))) return false
    if (status?.type === 'Failed' && OWN_ACCOUNT.has(status.reason.type)) return false
    return succeedsAlone(chain, operation)
  })
}

/** The addresses that several operations claim. */
function contestedAddresses(records: readonly OperationRecord[]): ReadonlySet<string> {
  const effects = new Map<string, Set<string>>()
  for (const {
    envelope: { operation },
  } of records) {
    for (const address of worldIdV1.kindOf(operation).claims(operation)) {
      effects.set(address, (effects.get(address) ?? new Set()).add(effectOf(operation)))
    }
  }
  return new Set([...effects].filter(([, claimants]) => claimants.size > 1).map(([address]) => address))
}
