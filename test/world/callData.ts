/** The calldata of operations for the registry. */
import type { Operation } from '../../src/domain/operation.ts'
import type { Hex } from '../../src/domain/primitives.ts'
import { operationKinds } from '../../src/registry/worldId/kinds.ts'
import { creationEffect } from './chain/evm.ts'

export function callDataOf(operation: Operation): Hex {
  return operationKinds[operation.kind].callData(operation)
}

/** The key of an operation's effect on chain: see `effectsOf`. */
export function effectOf(operation: Operation): string {
  return operation.kind === 'create_account'
    ? creationEffect(operation.authenticatorAddresses, BigInt(operation.offchainSignerCommitment))
    : operation.signature.toLowerCase()
}
