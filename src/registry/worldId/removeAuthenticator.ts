/** `remove_authenticator`: removes an authenticator from an account. */

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
import { address, optional, uint32, uint256 } from './fields.ts'
import { registryLog } from './logs.ts'
import type { RemoveAuthenticatorOp } from './operations.ts'
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

const addressIsZero: Rule<RemoveAuthenticatorOp> = [
  'authenticator_address cannot be zero on V1',
  (operation) => isZero(operation.authenticatorAddress),
]

const removedLog = registryLog('AuthenticatorRemoved')

export const removeAuthenticator: KindDefinition<RemoveAuthenticatorOp> = {
  kind: 'remove_authenticator',
  priority: PriorityClass.Normal,
  gasEstimate: LEAF_UPDATE_GAS,
  isOrderDependent: false,
  request: requestOf('remove_authenticator', 'RemoveAuthenticatorRequest', {
    ...accountFields,
    authenticator_address: address,
    pubkey_id: optional(uint32, 0),
    authenticator_pubkey: optional(uint256, '0x0'),
  }),

  validate: (operation) =>
    firstBroken(operation, [leafIndexIsZero, pubkeyIdIsOutOfRange, addressIsZero, commitmentIsZero]),
  account: accountOf,
  lane: accountLane,
  claims: () => [],
  signature: ({ signature }) => signature,
  digest: registryDigest('RemoveAuthenticator'),
  verification: { type: 'byNonceRevert' },
  authorise: anySigner,
  callData: registryCall('removeAuthenticator'),
  foreignCode: () => null,
  successLogs: (operation) => [removedLog(operation)],
}

/** Version 2 also removes authenticators without address. */
export const removeAuthenticatorV2: KindDefinition<RemoveAuthenticatorOp> = {
  ...removeAuthenticator,
  gasEstimate: LEAF_UPDATE_GAS_V2,
  validate: (operation) => firstBroken(operation, [leafIndexIsZero, pubkeyIdIsOutOfRange, commitmentIsZero]),
}
