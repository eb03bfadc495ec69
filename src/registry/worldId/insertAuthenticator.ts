/** `insert_authenticator`: adds an authenticator to an account. */

import { PriorityClass } from '../../domain/operation.ts'
import type { KindDefinition } from '../definition.ts'
import {
  accountFields,
  accountLane,
  accountOf,
  anySigner,
  LEAF_UPDATE_GAS,
  LEAF_UPDATE_GAS_V2,
} from './accountOperation.ts'
import { registryCall } from './calls.ts'
import { address, uint32, uint256 } from './fields.ts'
import { registryLog } from './logs.ts'
import type { InsertAuthenticatorOp } from './operations.ts'
import { requestOf } from './request.ts'
import {
  commitmentIsZero,
  firstBroken,
  isZero,
  leafIndexIsZero,
  pubkeyIdIsOutOfRange,
  type Rule,
} from './rules.ts'
import { registryDigest } from './typedData.ts'

const addressIsZero: Rule<InsertAuthenticatorOp> = [
  'new_authenticator_address cannot be zero on V1',
  (operation) => isZero(operation.newAuthenticatorAddress),
]

const rules: readonly Rule<InsertAuthenticatorOp>[] = [
  pubkeyIdIsOutOfRange,
  leafIndexIsZero,
  commitmentIsZero,
]

const insertedLog = registryLog('AuthenticatorInserted')

export const insertAuthenticator: KindDefinition<InsertAuthenticatorOp> = {
  kind: 'insert_authenticator',
  priority: PriorityClass.Normal,
  gasEstimate: LEAF_UPDATE_GAS,
  isOrderDependent: false,
  request: requestOf('insert_authenticator', 'InsertAuthenticatorRequest', {
    ...accountFields,
    new_authenticator_address: address,
    pubkey_id: uint32,
    new_authenticator_pubkey: uint256,
  }),

  validate: (operation) => firstBroken(operation, [addressIsZero, ...rules]),
  account: accountOf,
  lane: accountLane,
  // An authenticator without address (version 2) registers none.
  claims: ({ newAuthenticatorAddress }) =>
    isZero(newAuthenticatorAddress) ? [] : [newAuthenticatorAddress.toLowerCase()],
  signature: ({ signature }) => signature,
  digest: registryDigest('InsertAuthenticator'),
  verification: { type: 'byNonceRevert' },
  authorise: anySigner,
  callData: registryCall('insertAuthenticator'),
  foreignCode: () => null,
  successLogs: (operation) => [
    insertedLog({ ...operation, authenticatorAddress: operation.newAuthenticatorAddress }),
  ],
}

/** Version 2 also takes authenticators without address: they prove, and do not sign. */
export const insertAuthenticatorV2: KindDefinition<InsertAuthenticatorOp> = {
  ...insertAuthenticator,
  gasEstimate: LEAF_UPDATE_GAS_V2,
  validate: (operation) => firstBroken(operation, rules),
}
