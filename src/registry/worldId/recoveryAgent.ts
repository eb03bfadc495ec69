/** The kinds of operations that change the recovery agent of an account. */
import { PriorityClass } from '../../domain/operation.ts'
import type { KindDefinition } from '../definition.ts'
import { accountLane, accountOf, anySigner, signedFields } from './accountOperation.ts'
import { registryCall } from './calls.ts'
import { address, uint64 } from './fields.ts'
import { registryLog } from './logs.ts'
import type {
  CancelRecoveryAgentUpdateOp,
  ExecuteRecoveryAgentUpdateOp,
  UpdateRecoveryAgentOp,
} from './operations.ts'
import { requestOf } from './request.ts'
import { firstBroken, leafIndexIsZero } from './rules.ts'
import { registryDigest } from './typedData.ts'

const initiatedLog = registryLog('RecoveryAgentUpdateInitiated')
const updatedLog = registryLog('RecoveryAgentUpdated')
const cancelledLog = registryLog('RecoveryAgentUpdateCancelled')
const revertedLog = registryLog('RecoveryAgentUpdateReverted')
const executedLog = registryLog('RecoveryAgentUpdateExecuted')

/** Version 1: the new agent counts after a cooldown, with `execute_recovery_agent_update`. */
export const updateRecoveryAgent: KindDefinition<UpdateRecoveryAgentOp> = {
  kind: 'update_recovery_agent',
  priority: PriorityClass.Normal,
  gasEstimate: { base: 0, each: 112_000 },
  isOrderDependent: false,
  request: requestOf('update_recovery_agent', 'UpdateRecoveryAgentRequest', {
    ...signedFields,
    new_recovery_agent: address,
  }),

  validate: (operation) => firstBroken(operation, [leafIndexIsZero]),
  account: accountOf,
  lane: accountLane,
  claims: () => [],
  signature: ({ signature }) => signature,
  digest: registryDigest('InitiateRecoveryAgentUpdate'),
  verification: { type: 'byNonceRevert' },
  authorise: anySigner,
  callData: registryCall('initiateRecoveryAgentUpdate'),
  foreignCode: () => null,
  successLogs: (operation) => [
    initiatedLog({ ...operation, oldRecoveryAgent: null, executeAfter: null }),
    updatedLog({ ...operation, previousRecoveryAgent: null, invalidAfter: null }),
  ],
}

/** Version 2: the new agent is written at once, and counts when the window for a revert has passed. */
export const updateRecoveryAgentV2: KindDefinition<UpdateRecoveryAgentOp> = {
  ...updateRecoveryAgent,
  callData: registryCall('updateRecoveryAgent'),
}

/** Version 1: ends an update before its execution. */
export const cancelRecoveryAgentUpdate: KindDefinition<CancelRecoveryAgentUpdateOp> = {
  kind: 'cancel_recovery_agent_update',
  priority: PriorityClass.Normal,
  gasEstimate: { base: 0, each: 45_000 },
  isOrderDependent: false,
  request: requestOf('cancel_recovery_agent_update', 'CancelRecoveryAgentUpdateRequest', signedFields),

  validate: (operation) => firstBroken(operation, [leafIndexIsZero]),
  account: accountOf,
  lane: accountLane,
  claims: () => [],
  signature: ({ signature }) => signature,
  digest: registryDigest('CancelRecoveryAgentUpdate'),
  verification: { type: 'byNonceRevert' },
  authorise: anySigner,
  callData: registryCall('cancelRecoveryAgentUpdate'),
  foreignCode: () => null,
  successLogs: (operation) => [
    cancelledLog({ ...operation, cancelledRecoveryAgent: null }),
    revertedLog({ ...operation, restoredRecoveryAgent: null, revertedRecoveryAgent: null }),
  ],
}

/** Version 2: restores the agent before the update, within the window. */
export const cancelRecoveryAgentUpdateV2: KindDefinition<CancelRecoveryAgentUpdateOp> = {
  ...cancelRecoveryAgentUpdate,
  callData: registryCall('revertRecoveryAgentUpdate'),
}

/**
 * Version 1: ends the cooldown of an update. The call needs neither signature nor nonce, so anybody can send it again and again.
 * The claim bounds the repetition: one such operation of an account is in flight, and the contract accepts one for each update.
 */
export const executeRecoveryAgentUpdate: KindDefinition<ExecuteRecoveryAgentUpdateOp> = {
  kind: 'execute_recovery_agent_update',
  priority: PriorityClass.Normal,
  gasEstimate: { base: 0, each: 25_000 },
  isOrderDependent: false,
  request: requestOf('execute_recovery_agent_update', 'ExecuteRecoveryAgentUpdateRequest', {
    leaf_index: uint64,
  }),

  validate: (operation) => firstBroken(operation, [leafIndexIsZero]),
  account: accountOf,
  lane: () => null,
  claims: (operation) => [`execute_recovery_agent_update:${accountOf(operation)}`],
  signature: () => null,
  digest: () => null,
  verification: { type: 'none' },
  authorise: anySigner,
  callData: registryCall('executeRecoveryAgentUpdate'),
  foreignCode: () => null,
  successLogs: (operation) => [executedLog({ ...operation, oldRecoveryAgent: null, newRecoveryAgent: null })],
}

/** Version 2: an update needs no execution. */
export const executeRecoveryAgentUpdateV2: KindDefinition<ExecuteRecoveryAgentUpdateOp> = {
  ...executeRecoveryAgentUpdate,
  needsNoTransaction: true,
}
