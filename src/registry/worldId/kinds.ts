/** All kinds of operations. See docs/adding-an-operation-kind.md to add a kind. */
import type { OperationKind, OperationOf } from '../../domain/operation.ts'
import type { KindDefinition } from '../definition.ts'
import { createAccount } from './createAccount.ts'
import { insertAuthenticator } from './insertAuthenticator.ts'
import { recoverAccount } from './recoverAccount.ts'
import { removeAuthenticator } from './removeAuthenticator.ts'
import { updateAuthenticator } from './updateAuthenticator.ts'

type Table = { readonly [K in OperationKind]: KindDefinition<OperationOf<K>> }

export const operationKinds: Readonly<Record<OperationKind, KindDefinition>> = {
  create_account: createAccount,
  insert_authenticator: insertAuthenticator,
  update_authenticator: updateAuthenticator,
  remove_authenticator: removeAuthenticator,
  recover_account: recoverAccount,
} satisfies Table

/** Starting gas estimates, by kind. */
export const gasEstimates: Readonly<Record<OperationKind, KindDefinition['gasEstimate']>> = {
  create_account: createAccount.gasEstimate,
  insert_authenticator: insertAuthenticator.gasEstimate,
  update_authenticator: updateAuthenticator.gasEstimate,
  remove_authenticator: removeAuthenticator.gasEstimate,
  recover_account: recoverAccount.gasEstimate,
}
