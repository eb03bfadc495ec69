/** `recover_account`: the recovery agent replaces all authenticators of an account by a new one. */

import { PriorityClass } from '../../domain/operation.ts'
import type { KindDefinition } from '../definition.ts'
import { accountFields, accountLane, accountOf, anySigner, LEAF_UPDATE_GAS } from './accountOperation.ts'
import { registryCall } from './calls.ts'
import { address, optional, uint256 } from './fields.ts'
import { registryLog } from './logs.ts'
import type { RecoverAccountOp } from './operations.ts'
import { requestOf } from './request.ts'
import { revertData } from './reverts.ts'
import { commitmentIsZero, firstBroken, isZero, leafIndexIsZero, type Rule } from './rules.ts'
import { registryDigest } from './typedData.ts'

const rules: readonly Rule<RecoverAccountOp>[] = [
  leafIndexIsZero,
  ['new_authenticator_address cannot be zero', (operation) => isZero(operation.newAuthenticatorAddress)],
  commitmentIsZero,
]

const getRecoveryAgent = registryCall('getRecoveryAgent')
/** The registry answers with the agent that will replace the present agent, or that nobody has reverted yet. */
const getPendingRecoveryAgentUpdate = registryCall('getPendingRecoveryAgentUpdate')

const recoveredLog = registryLog('AccountRecovered')

export const recoverAccount: KindDefinition<RecoverAccountOp> = {
  kind: 'recover_account',
  priority: PriorityClass.High,
  gasEstimate: LEAF_UPDATE_GAS,
  isOrderDependent: false,
  request: requestOf('recover_account', 'RecoverAccountRequest', {
    ...accountFields,
    new_authenticator_address: address,
    new_authenticator_pubkey: optional(uint256, '0x0'),
  }),

  validate: (operation) => firstBroken(operation, rules),
  account: accountOf,
  lane: accountLane,
  claims: (operation) => [operation.newAuthenticatorAddress.toLowerCase()],
  signature: ({ signature }) => signature,
  digest: registryDigest('RecoverAccount'),
  verification: {
    type: 'byAgents',
    agents: ({ leafIndex }) => [
      getRecoveryAgent({ leafIndex }),
      getPendingRecoveryAgentUpdate({ leafIndex }),
    ],
    reverts: { noAgent: revertData('RecoveryNotEnabled'), notSigned: revertData('InvalidSignature') },
  },
  authorise: anySigner,
  callData: registryCall('recoverAccount'),
  // A recovery agent with code is asked by ERC-1271.
  foreignCode: ({ leafIndex }) => getRecoveryAgent({ leafIndex }),
  successLogs: (operation) => [recoveredLog(operation)],
}
