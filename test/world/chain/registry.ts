/**
 * The registry as a state machine: state, logs, return value and revert of each call. Checks have the order of the
 * contract. Source: contracts/Registry.sol and contracts/WorldIDRegistry.sol; a test compares the model with the contract on a real node.
 */
import { encodeAbiParameters, numberToHex, padHex } from 'viem'
import type { Hex, UintHex } from '../../../src/domain/primitives.ts'
import type { LogPattern } from '../../../src/evm/logPattern.ts'
import { registryLog } from '../../../src/registry/worldId/logs.ts'
import { type RegistryDomain, registryDigest } from '../../../src/registry/worldId/typedData.ts'
import { accepts, type Surroundings } from './agents.ts'
import type { RegistryCall } from './registryCall.ts'
import {
  assign,
  MAX_AUTHENTICATORS,
  recover,
  requireAccount,
  requireAuthenticator,
  requireFree,
  requireLeaf,
  requireSigner,
  requireSlot,
  slotOf,
  updateLeaf,
  useNonce,
  withRoot,
} from './registryRules.ts'
import { accountAt, packedData, type RegistryState, ZERO_ADDRESS } from './registryState.ts'
import { Reverted, revert } from './reverted.ts'

/** The result of a successful call. */
export interface RegistryResult {
  readonly state: RegistryState
  readonly logs: readonly RegistryLog[]
  readonly returned: Hex
}

export interface RegistryLog {
  readonly topics: readonly Hex[]
  readonly data: Hex
}

export interface RegistryContext extends Surroundings {
  readonly domain: RegistryDomain
  /** Of the block, in seconds. */
  readonly timestamp: number
}

type Args<F extends RegistryCall['name']> = Extract<RegistryCall, { name: F }>['args']

const digestOfInsert = registryDigest('InsertAuthenticator')
const digestOfUpdate = registryDigest('UpdateAuthenticator')
const digestOfRemove = registryDigest('RemoveAuthenticator')
const digestOfRecover = registryDigest('RecoverAccount')

const accountCreated = registryLog('AccountCreated')
const accountUpdated = registryLog('AccountUpdated')
const authenticatorInserted = registryLog('AuthenticatorInserted')
const authenticatorRemoved = registryLog('AuthenticatorRemoved')
const accountRecovered = registryLog('AccountRecovered')
const rootRecorded = registryLog('RootRecorded')

/** @throws Reverted */
export function callRegistry(
  state: RegistryState,
  call: RegistryCall | null,
  context: RegistryContext,
): RegistryResult {
  switch (call?.name) {
    case 'createAccount':
      return createAccount(state, call.args, context)
    case 'createManyAccounts':
      return createManyAccounts(state, call.args, context)
    case 'insertAuthenticator':
      return insertAuthenticator(state, call.args, context)
    case 'updateAuthenticator':
      return updateAuthenticator(state, call.args, context)
    case 'removeAuthenticator':
      return removeAuthenticator(state, call.args, context)
    case 'recoverAccount':
      return recoverAccount(state, call.args, context)
    case 'getSignatureNonce':
      return view(state, accountAt(state, call.args[0]).nonce)
    case 'getRecoveryAgent':
      return view(state, BigInt(accountAt(state, call.args[0]).recoveryAgent))
    case 'getPackedAccountData':
      return view(state, packedData(state, call.args[0]))
    case 'getNextLeafIndex':
      return view(state, state.nextLeafIndex)
    default:
      // The contract has no fallback.
      throw new Reverted('0x')
  }
}

function view(state: RegistryState, value: bigint): RegistryResult {
  return { state, logs: [], returned: encodeAbiParameters([{ type: 'uint256' }], [value]) }
}

function changed(
  state: RegistryState,
  logs: readonly LogPattern[],
  { timestamp }: RegistryContext,
): RegistryResult {
  const root = rootRecorded({ root: state.root, timestamp: hex(timestamp) })
  const written = [...logs, root].map(({ topics, data }) => ({
    topics: topics.map(toTopic),
    data: data ?? '0x',
  }))
  return { state, logs: written, returned: '0x' }
}

/** The encoder has a type with null for any topic and any data. Here all are set. */
function toTopic(topic: Hex | null): Hex {
  return topic ?? padHex('0x')
}

function createAccount(
  before: RegistryState,
  [recoveryAddress, addresses, pubkeys, commitment]: Args<'createAccount'>,
  context: RegistryContext,
): RegistryResult {
  const created = { recoveryAddress, addresses, pubkeys, commitment }
  const { state, log } = register(before, created)
  requireLeaf(commitment)
  return changed(withRoot(state, commitment), [log], context)
}

function createManyAccounts(
  before: RegistryState,
  [recoveryAddresses, addresses, pubkeys, commitments]: Args<'createManyAccounts'>,
  context: RegistryContext,
): RegistryResult {
  if (recoveryAddresses.length === 0) revert('EmptyAddressArray')
  if ([addresses, pubkeys, commitments].some(({ length }) => length !== recoveryAddresses.length)) {
    revert('MismatchingArrayLengths')
  }
  let state = before
  const logs: LogPattern[] = []
  for (const [index, recoveryAddress] of recoveryAddresses.entries()) {
    const registered = register(state, {
      recoveryAddress,
      addresses: addresses[index] ?? [],
      pubkeys: pubkeys[index] ?? [],
      commitment: commitments[index] ?? 0n,
    })
    state = registered.state
    logs.push(registered.log)
  }
  for (const commitment of commitments) requireLeaf(commitment)
  return changed(
    commitments.reduce((after, commitment) => withRoot(after, commitment), state),
    logs,
    context,
  )
}

interface NewAccount {
  readonly recoveryAddress: Hex
  readonly addresses: readonly Hex[]
  readonly pubkeys: readonly bigint[]
  readonly commitment: bigint
}

function register(before: RegistryState, { recoveryAddress, addresses, pubkeys, commitment }: NewAccount) {
  if (addresses.length > MAX_AUTHENTICATORS) revert('PubkeyIdOutOfBounds')
  if (addresses.length === 0) revert('EmptyAddressArray')
  if (addresses.length !== pubkeys.length) revert('MismatchingArrayLengths')
  const leafIndex = before.nextLeafIndex
  let state = before
  for (const [pubkeyId, address] of addresses.entries()) {
    requireFree(state, address)
    state = assign(state, address, leafIndex, pubkeyId)
  }
  const account = {
    recoveryAgent: lower(recoveryAddress),
    slots: 2 ** addresses.length - 1,
    recoveryCounter: 0,
    nonce: 0n,
    commitment,
  }
  const log = accountCreated({
    leafIndex: hex(leafIndex),
    recoveryAddress: lower(recoveryAddress),
    authenticatorAddresses: addresses,
    authenticatorPubkeys: pubkeys.map(hex),
    offchainSignerCommitment: hex(commitment),
  })
  return {
    state: { ...state, nextLeafIndex: leafIndex + 1n, accounts: state.accounts.with(leafIndex, account) },
    log,
  }
}

function insertAuthenticator(
  before: RegistryState,
  [leafIndex, address, pubkeyId, pubkey, oldLeaf, newLeaf, signature, nonce]: Args<'insertAuthenticator'>,
  context: RegistryContext,
): RegistryResult {
  requireFree(before, address)
  if (pubkeyId >= MAX_AUTHENTICATORS) revert('PubkeyIdOutOfBounds')
  if ((accountAt(before, leafIndex).slots & slotOf(pubkeyId)) !== 0) revert('PubkeyIdInUse')
  const message = {
    leafIndex,
    newAuthenticatorAddress: lower(address),
    pubkeyId,
    newAuthenticatorPubkey: pubkey,
    newOffchainSignerCommitment: newLeaf,
    nonce,
  }
  const digest = digestOfInsert(message, context.domain)
  const state = authorize(before, { leafIndex, digest, signature, nonce })
  const log = authenticatorInserted({
    leafIndex: hex(leafIndex),
    pubkeyId,
    authenticatorAddress: lower(address),
    newAuthenticatorPubkey: hex(pubkey),
    ...commitments(oldLeaf, newLeaf),
  })
  const assigned = assign(takeSlot(state, leafIndex, pubkeyId), address, leafIndex, pubkeyId)
  return changed(updateLeaf(assigned, leafIndex, oldLeaf, newLeaf), [log], context)
}

function updateAuthenticator(
  before: RegistryState,
  [
    leafIndex,
    oldAddress,
    newAddress,
    pubkeyId,
    pubkey,
    oldLeaf,
    newLeaf,
    signature,
    nonce,
  ]: Args<'updateAuthenticator'>,
  context: RegistryContext,
): RegistryResult {
  requireAccount(before, leafIndex)
  requireFree(before, newAddress)
  if (lower(oldAddress) === lower(newAddress)) revert('ReusedAuthenticatorAddress')
  const message = {
    leafIndex,
    oldAuthenticatorAddress: lower(oldAddress),
    newAuthenticatorAddress: lower(newAddress),
    pubkeyId,
    newAuthenticatorPubkey: pubkey,
    newOffchainSignerCommitment: newLeaf,
    nonce,
  }
  const digest = digestOfUpdate(message, context.domain)
  const signer = recover(digest, signature)
  requireSigner(before, signer, leafIndex)
  if (signer !== lower(oldAddress)) revert('MismatchedAuthenticatorSigner', lower(oldAddress), signer)
  const state = useNonce(before, leafIndex, nonce)
  requireSlot(state, signer, pubkeyId)
  const log = accountUpdated({
    leafIndex: hex(leafIndex),
    pubkeyId,
    newAuthenticatorPubkey: hex(pubkey),
    oldAuthenticatorAddress: lower(oldAddress),
    newAuthenticatorAddress: lower(newAddress),
    ...commitments(oldLeaf, newLeaf),
  })
  const assigned = assign(without(state, oldAddress), newAddress, leafIndex, pubkeyId)
  return changed(updateLeaf(assigned, leafIndex, oldLeaf, newLeaf), [log], context)
}

function removeAuthenticator(
  before: RegistryState,
  [leafIndex, address, pubkeyId, pubkey, oldLeaf, newLeaf, signature, nonce]: Args<'removeAuthenticator'>,
  context: RegistryContext,
): RegistryResult {
  const message = {
    leafIndex,
    authenticatorAddress: lower(address),
    pubkeyId,
    authenticatorPubkey: pubkey,
    newOffchainSignerCommitment: newLeaf,
    nonce,
  }
  const digest = digestOfRemove(message, context.domain)
  const state = authorize(before, { leafIndex, digest, signature, nonce })
  requireAuthenticator(state, address, leafIndex, pubkeyId)
  const account = accountAt(state, leafIndex)
  const freed = {
    ...without(state, address),
    accounts: state.accounts.with(leafIndex, { ...account, slots: account.slots & ~slotOf(pubkeyId) }),
  }
  const log = authenticatorRemoved({
    leafIndex: hex(leafIndex),
    pubkeyId,
    authenticatorAddress: lower(address),
    authenticatorPubkey: hex(pubkey),
    ...commitments(oldLeaf, newLeaf),
  })
  return changed(updateLeaf(freed, leafIndex, oldLeaf, newLeaf), [log], context)
}

function recoverAccount(
  before: RegistryState,
  [leafIndex, address, pubkey, oldLeaf, newLeaf, signature, nonce]: Args<'recoverAccount'>,
  context: RegistryContext,
): RegistryResult {
  requireAccount(before, leafIndex)
  const used = useNonce(before, leafIndex, nonce)
  const account = accountAt(used, leafIndex)
  if (account.recoveryAgent === ZERO_ADDRESS) revert('RecoveryNotEnabled')
  const message = {
    leafIndex,
    newAuthenticatorAddress: lower(address),
    newAuthenticatorPubkey: pubkey,
    newOffchainSignerCommitment: newLeaf,
    nonce,
  }
  const digest = digestOfRecover(message, context.domain)
  if (!accepts(account.recoveryAgent, { digest, signature }, context)) revert('InvalidSignature')
  requireFree(used, address)
  const recovered = { ...account, recoveryCounter: account.recoveryCounter + 1, slots: slotOf(0) }
  const log = accountRecovered({
    leafIndex: hex(leafIndex),
    newAuthenticatorAddress: lower(address),
    newAuthenticatorPubkey: hex(pubkey),
    ...commitments(oldLeaf, newLeaf),
  })
  const assigned = assign(
    { ...used, accounts: used.accounts.with(leafIndex, recovered) },
    address,
    leafIndex,
    0,
  )
  return changed(updateLeaf(assigned, leafIndex, oldLeaf, newLeaf), [log], context)
}

interface Authorization {
  readonly leafIndex: bigint
  readonly digest: Hex
  readonly signature: Hex
  readonly nonce: bigint
}

/** Checks the signature of the account's authenticator, and consumes the nonce. */
function authorize(
  state: RegistryState,
  { leafIndex, digest, signature, nonce }: Authorization,
): RegistryState {
  requireSigner(state, recover(digest, signature), leafIndex)
  return useNonce(state, leafIndex, nonce)
}

function takeSlot(state: RegistryState, leafIndex: bigint, pubkeyId: number): RegistryState {
  const account = accountAt(state, leafIndex)
  return {
    ...state,
    accounts: state.accounts.with(leafIndex, { ...account, slots: account.slots | slotOf(pubkeyId) }),
  }
}

function without(state: RegistryState, address: Hex): RegistryState {
  return { ...state, authenticators: state.authenticators.without(lower(address)) }
}

function commitments(oldLeaf: bigint, newLeaf: bigint) {
  return { oldOffchainSignerCommitment: hex(oldLeaf), newOffchainSignerCommitment: hex(newLeaf) }
}

function hex(value: number | bigint): UintHex {
  return numberToHex(value)
}

function lower(address: Hex): Hex {
  return `0x${address.slice(2).toLowerCase()}`
}
