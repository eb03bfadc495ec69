/** Folding: one call creates many accounts (`npm run bench`, row `gas_per_create_100`). */

import type { CreateAccountOp } from '../../domain/operation.ts'
import type { Hex } from '../../domain/primitives.ts'
import { registryCall } from './calls.ts'

const createManyAccounts = registryCall('createManyAccounts')

/**
 * Encodes a call that creates all accounts in order, or reverts as a whole.
 * @param operations at least one, because the registry refuses an empty list
 */
export function foldCreates(operations: readonly CreateAccountOp[]): Hex {
  return createManyAccounts({
    recoveryAddresses: operations.map((operation) => operation.recoveryAddress),
    authenticatorAddresses: operations.map((operation) => operation.authenticatorAddresses),
    authenticatorPubkeys: operations.map((operation) => operation.authenticatorPubkeys),
    offchainSignerCommitments: operations.map((operation) => operation.offchainSignerCommitment),
  })
}
