/** The kinds of operations. See docs/adding-an-operation-kind.md to add a kind. */
import type { KindDefinition } from '../definition.ts'
import { createAccount } from './createAccount.ts'
import { insertAuthenticator, insertAuthenticatorV2 } from './insertAuthenticator.ts'
import type { OperationOf, WorldIdKind } from './operations.ts'
import { recoverAccount } from './recoverAccount.ts'
import {
  cancelRecoveryAgentUpdate,
  cancelRecoveryAgentUpdateV2,
  executeRecoveryAgentUpdate,
  executeRecoveryAgentUpdateV2,
  updateRecoveryAgent,
  updateRecoveryAgentV2,
} from './recoveryAgent.ts'
import { removeAuthenticator, removeAuthenticatorV2 } from './removeAuthenticator.ts'
import { updateAuthenticator, updateAuthenticatorV2 } from './updateAuthenticator.ts'

type KindTable = { readonly [K in WorldIdKind]: KindDefinition<OperationOf<K>> }

export const kindsV1: KindTable = {
  create_account: createAccount,
  insert_authenticator: insertAuthenticator,
  update_authenticator: updateAuthenticator,
  remove_authenticator: removeAuthenticator,
  update_recovery_agent: updateRecoveryAgent,
  cancel_recovery_agent_update: cancelRecoveryAgentUpdate,
  execute_recovery_agent_update: executeRecoveryAgentUpdate,
  recover_account: recoverAccount,
}

export const kindsV2: KindTable = {
  ...kindsV1,
  insert_authenticator: insertAuthenticatorV2,
  update_authenticator: updateAuthenticatorV2,
  remove_authenticator: removeAuthenticatorV2,
  update_recovery_agent: updateRecoveryAgentV2,
  cancel_recovery_agent_update: cancelRecoveryAgentUpdateV2,
  execute_recovery_agent_update: executeRecoveryAgentUpdateV2,
}

/** The kinds of version 1 without the types of their operations, for a kind that is known at run time only. */
export const operationKinds: Readonly<Record<WorldIdKind, KindDefinition>> = { ...kindsV1 }
