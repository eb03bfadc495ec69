/** The fold of creates: one `createManyAccounts` call for many operations. */
import type { Hex } from '../../domain/primitives.ts'
import type { FoldDefinition } from '../definition.ts'
import { registryCall } from './calls.ts'
import type { CreateAccountOp } from './operations.ts'

const createManyAccounts = registryCall('createManyAccounts')

export const foldOfCreates: FoldDefinition<CreateAccountOp> = {
  kind: 'create_account',
  // Selector, and offset and length of four arrays.
  emptyBytes: 4 + 4 * 2 * 32,
  callData: foldCreates,
}

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
