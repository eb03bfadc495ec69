/** Sample operations: one of each kind, and arbitrary operations. */
import fc from 'fast-check'
import type { Address, Hex, UintHex } from '../../src/domain/primitives.ts'
import type {
  CancelRecoveryAgentUpdateOp,
  CreateAccountOp,
  ExecuteRecoveryAgentUpdateOp,
  InsertAuthenticatorOp,
  OperationOf,
  RecoverAccountOp,
  RemoveAuthenticatorOp,
  UpdateAuthenticatorOp,
  UpdateRecoveryAgentOp,
  WorldIdKind,
  WorldIdOperation,
} from '../../src/registry/worldId/operations.ts'

export const A1: Address = `0x${'a1'.repeat(20)}`
export const A2: Address = `0x${'22'.repeat(20)}`
export const ZERO: Address = `0x${'00'.repeat(20)}`
export const SIGNATURE: Hex = `0x${'5a'.repeat(64)}1b`

const signed = { leafIndex: '0x7', signature: SIGNATURE, nonce: '0x3' } as const
const account = {
  ...signed,
  oldOffchainSignerCommitment: '0x64',
  newOffchainSignerCommitment: '0xc8',
} as const

export const create: CreateAccountOp = {
  kind: 'create_account',
  recoveryAddress: A1,
  authenticatorAddresses: [A2],
  authenticatorPubkeys: ['0x9'],
  offchainSignerCommitment: '0x64',
}

export const insert: InsertAuthenticatorOp = {
  kind: 'insert_authenticator',
  ...account,
  newAuthenticatorAddress: A2,
  pubkeyId: 1,
  newAuthenticatorPubkey: '0xa',
}

export const update: UpdateAuthenticatorOp = {
  kind: 'update_authenticator',
  ...account,
  oldAuthenticatorAddress: A1,
  newAuthenticatorAddress: A2,
  pubkeyId: 0,
  newAuthenticatorPubkey: '0xb',
}

export const remove: RemoveAuthenticatorOp = {
  kind: 'remove_authenticator',
  ...account,
  authenticatorAddress: A2,
  pubkeyId: 2,
  authenticatorPubkey: '0xc',
}

export const recover: RecoverAccountOp = {
  kind: 'recover_account',
  ...account,
  newAuthenticatorAddress: A2,
  newAuthenticatorPubkey: '0xd',
}

export const updateAgent: UpdateRecoveryAgentOp = {
  kind: 'update_recovery_agent',
  ...signed,
  newRecoveryAgent: A2,
}

export const cancelUpdate: CancelRecoveryAgentUpdateOp = { kind: 'cancel_recovery_agent_update', ...signed }

export const executeUpdate: ExecuteRecoveryAgentUpdateOp = {
  kind: 'execute_recovery_agent_update',
  leafIndex: '0x7',
}

export const SAMPLES: { readonly [K in WorldIdKind]: OperationOf<K> } = {
  create_account: create,
  insert_authenticator: insert,
  update_authenticator: update,
  remove_authenticator: remove,
  update_recovery_agent: updateAgent,
  cancel_recovery_agent_update: cancelUpdate,
  execute_recovery_agent_update: executeUpdate,
  recover_account: recover,
}

/** Minimal-length hex of an integer below 2^bits. */
function uintHex(bits: number): fc.Arbitrary<UintHex> {
  return fc
    .bigInt({ min: 0n, max: (1n << BigInt(bits)) - 1n })
    .map((value) => `0x${value.toString(16)}` as const)
}

export function bytesHex(size: number): fc.Arbitrary<Hex> {
  return fc
    .uint8Array({ minLength: size, maxLength: size })
    .map((bytes) => `0x${Buffer.from(bytes).toString('hex')}` as const)
}

const anyAddress = bytesHex(20)
const anyPubkeyId = fc.integer({ min: 0, max: 2 ** 32 - 1 })

const anySigned = { leafIndex: uintHex(64), signature: bytesHex(65), nonce: uintHex(256) }
const anyAccount = {
  ...anySigned,
  oldOffchainSignerCommitment: uintHex(256),
  newOffchainSignerCommitment: uintHex(256),
}

export const anyCreate: fc.Arbitrary<CreateAccountOp> = fc.record({
  kind: fc.constant('create_account'),
  recoveryAddress: anyAddress,
  authenticatorAddresses: fc.array(anyAddress, { maxLength: 7 }),
  authenticatorPubkeys: fc.array(uintHex(256), { maxLength: 7 }),
  offchainSignerCommitment: uintHex(256),
})

export const anyInsert: fc.Arbitrary<InsertAuthenticatorOp> = fc.record({
  kind: fc.constant('insert_authenticator'),
  ...anyAccount,
  newAuthenticatorAddress: anyAddress,
  pubkeyId: anyPubkeyId,
  newAuthenticatorPubkey: uintHex(256),
})

export const anyUpdate: fc.Arbitrary<UpdateAuthenticatorOp> = fc.record({
  kind: fc.constant('update_authenticator'),
  ...anyAccount,
  oldAuthenticatorAddress: anyAddress,
  newAuthenticatorAddress: anyAddress,
  pubkeyId: anyPubkeyId,
  newAuthenticatorPubkey: uintHex(256),
})

export const anyRemove: fc.Arbitrary<RemoveAuthenticatorOp> = fc.record({
  kind: fc.constant('remove_authenticator'),
  ...anyAccount,
  authenticatorAddress: anyAddress,
  pubkeyId: anyPubkeyId,
  authenticatorPubkey: uintHex(256),
})

export const anyRecover: fc.Arbitrary<RecoverAccountOp> = fc.record({
  kind: fc.constant('recover_account'),
  ...anyAccount,
  newAuthenticatorAddress: anyAddress,
  newAuthenticatorPubkey: uintHex(256),
})

const anyUpdateAgent: fc.Arbitrary<UpdateRecoveryAgentOp> = fc.record({
  kind: fc.constant('update_recovery_agent'),
  ...anySigned,
  newRecoveryAgent: anyAddress,
})

const anyCancelUpdate: fc.Arbitrary<CancelRecoveryAgentUpdateOp> = fc.record({
  kind: fc.constant('cancel_recovery_agent_update'),
  ...anySigned,
})

const anyExecuteUpdate: fc.Arbitrary<ExecuteRecoveryAgentUpdateOp> = fc.record({
  kind: fc.constant('execute_recovery_agent_update'),
  leafIndex: uintHex(64),
})

export const anyOperation: fc.Arbitrary<WorldIdOperation> = fc.oneof(
  anyCreate,
  anyInsert,
  anyUpdate,
  anyRemove,
  anyUpdateAgent,
  anyCancelUpdate,
  anyExecuteUpdate,
  anyRecover,
)
