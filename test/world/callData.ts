/** The calldata of operations for the registry. */
import type { Operation } from '../../src/domain/operation.ts'
import type { Hex } from '../../src/domain/primitives.ts'
import type { WorldIdOperation } from '../../src/registry/worldId/operations.ts'
import { worldIdV1 } from '../../src/registry/worldId/worldId.ts'
import { creationEffect } from './chain/evm.ts'

export function callDataOf(operation: Operation): Hex {
  return worldIdV1.kindOf(operation).callData(operation)
}

/** The key of an operation's effect on chain: see `effectsOf`. */
export function effectOf(operation: Operation): string {
  const own = operation as WorldIdOperation
  if (own.kind === 'create_account') {
    return creationEffect(own.authenticatorAddresses, BigInt(own.offchainSignerCommitment))
  }
  return 'signature' in own ? own.signature.toLowerCase() : `execute:${own.leafIndex}`
}
