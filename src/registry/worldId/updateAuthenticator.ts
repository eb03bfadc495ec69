/**
 * `update_authenticator`: an authenticator gives its slot to a new address. Version 1 of the registry has the function.
 */

import { PriorityClass } from '../../domain/operation.ts'
import type { KindDefinition } from '../definition.ts'
import { accountFields, accountLane, accountOf, LEAF_UPDATE_GAS } from './accountOperation.ts'
import { registryCall } from './calls.ts'
import { address, uint32, uint256 } from './fields.ts'
import { registryLog } from './logs.ts'
import type { UpdateAuthenticatorOp } from './operations.ts'
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

const rules: readonly Rule<UpdateAuthenticatorOp>[] = [
  leafIndexIsZero,
  pubkeyIdIsOutOfRange,
  ['new_authenticator_address cannot be zero', (operation) => isZero(operation.newAuthenticatorAddress)],
  commitmentIsZero,
]

const updatedLog = registryLog('AccountUpdated')

export const updateAuthenticator: KindDefinition<UpdateAuthenticatorOp> = {
  kind: 'update_authenticator',
  priority: PriorityClass.Normal,
  gasEstimate: LEAF_UPDATE_GAS,
  isOrderDependent: false,
  request: requestOf('update_authenticator', 'UpdateAuthenticatorRequest', {
    ...accountFields,
    old_authenticator_address: address,
    new_authenticator_address: address,
    pubkey_id: uint32,
    new_authenticator_pubkey: uint256,
  }),

  validate: (operation) => firstBroken(operation, rules),
  account: accountOf,
  lane: accountLane,
  claims: (operation) => [operation.newAuthenticatorAddress.toLowerCase()],
  signature: ({ signature }) => signature,
  digest: registryDigest('UpdateAuthenticator'),
  verification: { type: 'byNonceRevert' },
  authorise: (operation, signer) =>
    signer.toLowerCase() === operation.oldAuthenticatorAddress.toLowerCase()
      ? null
      : 'signature must be from the authenticator being replaced',
  callData: registryCall('updateAuthenticator'),
  foreignCode: () => null,
  successLogs: (operation) => [updatedLog(operation)],
}

/** Version 2 replaces the call by an insert and a removal. */
export const updateAuthenticatorV2: KindDefinition<UpdateAuthenticatorOp> = {
  ...updateAuthenticator,
  unavailable: 'POST /update-authenticator is not supported on registry V2; use insert/remove instead.',
}
