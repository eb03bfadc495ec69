/** `create_account`: a new account with its first authenticators. It needs no signature. */
import { z } from 'zod'
import { PriorityClass } from '../../domain/operation.ts'
import type { KindDefinition } from '../definition.ts'
import { registryCall } from './calls.ts'
import { address, optional, uint256 } from './fields.ts'
import { registryLog } from './logs.ts'
import type { CreateAccountOp } from './operations.ts'
import { requestOf } from './request.ts'
import { firstBroken, isZero, MAX_AUTHENTICATORS, type Rule } from './rules.ts'

const ZERO_ADDRESS = '0x0000000000000000000000000000000000000000'

const rules: readonly Rule<CreateAccountOp>[] = [
  [
    `authenticators cannot be more than ${MAX_AUTHENTICATORS}`,
    (operation) => operation.authenticatorAddresses.length > MAX_AUTHENTICATORS,
  ],
  ['authenticators cannot be empty', (operation) => operation.authenticatorAddresses.length === 0],
  [
    'authenticators addresses must be equal to authenticators pubkeys',
    (operation) => operation.authenticatorAddresses.length !== operation.authenticatorPubkeys.length,
  ],
  ['authenticator address cannot be zero', (operation) => operation.authenticatorAddresses.some(isZero)],
  ['offchain signer commitment cannot be zero', (operation) => isZero(operation.offchainSignerCommitment)],
]

const createdLog = registryLog('AccountCreated')

export const createAccount: KindDefinition<CreateAccountOp> = {
  kind: 'create_account',
  priority: PriorityClass.Critical,
  gasEstimate: { base: 450_000, each: 106_000 },
  // Each new account moves the end of the tree.
  isOrderDependent: true,
  request: requestOf('create_account', 'CreateAccountRequest', {
    recovery_address: optional(address, ZERO_ADDRESS),
    authenticator_addresses: z.array(address),
    authenticator_pubkeys: z.array(uint256),
    offchain_signer_commitment: uint256,
  }),

  validate: (operation) => firstBroken(operation, rules),
  account: () => null,
  lane: () => null,
  claims: (operation) => [...new Set(operation.authenticatorAddresses.map((each) => each.toLowerCase()))],
  signature: () => null,
  digest: () => null,
  verification: { type: 'none' },
  authorise: () => null,
  callData: registryCall('createAccount'),
  foreignCode: () => null,
  // The registry chooses the leaf index. The authenticator addresses in the log identify the operation.
  successLogs: (operation) => [createdLog({ ...operation, leafIndex: null })],
}
