/**
 * `update_authenticator`: an authenticator gives its slot to a new address. Version 1 of the registry has the function.
 */

import { PriorityClass } from '../../domain/operation.ts'
import type { KindDefinition } from '../definition.ts'
import { accountFields, accountLane, LEAF_UPDATE_GAS } from './accountOperation.ts'
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

export const updateAuthenticator: KindDefinition<UpdateAuthenticatorOp> = {
  kind: 'update_authenticator',
  path: '/update-authenticator',
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
  successLog: registryLog('AccountUpdated'),
}
