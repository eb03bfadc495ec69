/** The kinds of operations of version 1. See docs/adding-an-operation-kind.md to add a kind. */
import type { KindDefinition } from '../definition.ts'
import { createAccount } from './createAccount.ts'
import { insertAuthenticator } from './insertAuthenticator.ts'
import type { OperationOf, WorldIdKind } from './operations.ts'
import { recoverAccount } from './recoverAccount.ts'
import { removeAuthenticator } from './removeAuthenticator.ts'
import { updateAuthenticator } from './updateAuthenticator.ts'

type KindTable = { readonly [K in WorldIdKind]: KindDefinition<OperationOf<K>> }

export const kindTable: KindTable = {
  create_account: createAccount,
  insert_authenticator: insertAuthenticator,
  update_authenticator: updateAuthenticator,
  remove_authenticator: removeAuthenticator,
  recover_account: recoverAccount,
}

/** The same kinds without the types of their operations, for a kind that is known at run time only. */
export const operationKinds: Readonly<Record<WorldIdKind, KindDefinition>> = { ...kindTable }
