/** The rules of every operation of the registry. Source: contracts/Registry.sol, contracts/Ecdsa.sol. */

import type { Address, Hex } from '../../../src/domain/primitives.ts'
import { bytesOf, keccak256 } from '../../../src/evm/keccak.ts'
import { recoverSigner } from '../../../src/evm/recoverSigner.ts'
import { type Authenticator, accountAt, type RegistryState, ZERO_ADDRESS } from './registryState.ts'
import { revert } from './reverted.ts'

export const MAX_AUTHENTICATORS = 7

/** Order of BN254's scalar field, the field of the leaves. */
const FIELD = 0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001n

/** Half of the order of secp256k1, rounded down: the greatest s of a canonical signature. */
const MAX_S = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0n

const SIGNATURE_DIGITS = 2 + 2 * 65

export function slotOf(pubkeyId: number): number {
  return 1 << pubkeyId
}

export function requireAccount({ nextLeafIndex }: RegistryState, leafIndex: bigint): void {
  if (leafIndex === 0n || leafIndex >= nextLeafIndex) revert('AccountDoesNotExist', leafIndex)
}

export function requireFree(state: RegistryState, candidate: string): void {
  const address = candidate.toLowerCase()
  if (address === ZERO_ADDRESS) revert('ZeroAddress')
  const known = state.authenticators.get(address)
  if (known !== undefined && known.recoveryCounter >= accountAt(state, known.leafIndex).recoveryCounter) {
    revert('AuthenticatorAddressAlreadyInUse', address)
  }
}

/** The signer must be an authenticator of the account. */
export function requireSigner(state: RegistryState, signer: Address, leafIndex: bigint): void {
  const known = authenticatorAt(state, signer)
  requireRecoveryCounter(state, known)
  if (known.leafIndex !== leafIndex) revert('MismatchedLeafIndex', leafIndex, known.leafIndex)
}

/** A removed address must be the authenticator of the account in the slot. */
export function requireAuthenticator(
  state: RegistryState,
  candidate: string,
  leafIndex: bigint,
  pubkeyId: number,
): void {
  const known = authenticatorAt(state, candidate)
  if (known.leafIndex !== leafIndex) revert('AuthenticatorDoesNotBelongToAccount', leafIndex, known.leafIndex)
  requireSlot(state, candidate, pubkeyId)
  requireRecoveryCounter(state, known)
}

function authenticatorAt({ authenticators }: RegistryState, candidate: string): Authenticator {
  const address = candidate.toLowerCase()
  return authenticators.get(address) ?? revert('AuthenticatorDoesNotExist', address)
}

function requireRecoveryCounter(state: RegistryState, known: Authenticator): void {
  const { recoveryCounter } = accountAt(state, known.leafIndex)
  if (known.recoveryCounter !== recoveryCounter) {
    revert(
      'MismatchedRecoveryCounter',
      known.leafIndex,
      BigInt(recoveryCounter),
      BigInt(known.recoveryCounter),
    )
  }
}

/** An authenticator must be in the named slot. */
export function requireSlot(state: RegistryState, candidate: string, pubkeyId: number): void {
  const actual = state.authenticators.get(candidate.toLowerCase())?.pubkeyId ?? 0
  if (actual !== pubkeyId) revert('MismatchedPubkeyId', BigInt(pubkeyId), BigInt(actual))
}

/** Consumes the account's nonce. */
export function useNonce(state: RegistryState, leafIndex: bigint, nonce: bigint): RegistryState {
  const account = accountAt(state, leafIndex)
  if (nonce !== account.nonce) revert('MismatchedSignatureNonce', leafIndex, account.nonce, nonce)
  return { ...state, accounts: state.accounts.with(leafIndex, { ...account, nonce: account.nonce + 1n }) }
}

/** Assigns an address to an account. */
export function assign(
  state: RegistryState,
  address: string,
  leafIndex: bigint,
  pubkeyId: number,
): RegistryState {
  const { recoveryCounter } = accountAt(state, leafIndex)
  const authenticator = { leafIndex, pubkeyId, recoveryCounter }
  return { ...state, authenticators: state.authenticators.with(address.toLowerCase(), authenticator) }
}

/** Replaces a leaf. The root is not the contract's, because no code of the gateway reads the tree. */
export function updateLeaf(
  state: RegistryState,
  leafIndex: bigint,
  oldLeaf: bigint,
  newLeaf: bigint,
): RegistryState {
  if (newLeaf === oldLeaf) revert('NewLeafCannotEqualOldLeaf')
  if (newLeaf >= FIELD) revert('ValueGreaterThanSnarkScalarField')
  const account = accountAt(state, leafIndex)
  if (account.commitment !== oldLeaf) revert('LeafDoesNotExist')
  return withRoot(
    { ...state, accounts: state.accounts.with(leafIndex, { ...account, commitment: newLeaf }) },
    newLeaf,
  )
}

export function requireLeaf(leaf: bigint): void {
  if (leaf >= FIELD) revert('ValueGreaterThanSnarkScalarField')
}

/** The state after a new leaf, with a root that follows from the former root and the leaf. */
export function withRoot(state: RegistryState, leaf: bigint): RegistryState {
  return { ...state, root: keccak256(bytesOf(`${state.root}${leaf.toString(16).padStart(64, '0')}`)) }
}

/** The signer of a digest. @throws Reverted with the flaw of a signature without a signer */
export function recover(digest: Hex, signature: Hex): Address {
  if (signature.length !== SIGNATURE_DIGITS) {
    revert('ECDSAInvalidSignatureLength', BigInt((signature.length - 2) / 2))
  }
  const s: Hex = `0x${signature.slice(66, 130)}`
  if (BigInt(s) > MAX_S) revert('ECDSAInvalidSignatureS', s)
  return signerOf(digest, signature) ?? revert('ECDSAInvalidSignature')
}

/** The signer of a digest; null without a valid signature. */
export function tryRecover(digest: Hex, signature: Hex): Address | null {
  if (signature.length !== SIGNATURE_DIGITS) return null
  if (BigInt(`0x${signature.slice(66, 130)}`) > MAX_S) return null
  return signerOf(digest, signature)
}

/** Recovered signers, because an operation is simulated several times before its execution. */
const known = new Map<string, Address | null>()
const MOST_KNOWN = 2_000

function signerOf(digest: Hex, signature: Hex): Address | null {
  const key = `${digest}${signature}`
  const before = known.get(key)
  if (before !== undefined) return before
  if (known.size >= MOST_KNOWN) known.clear()
  const signer = findSigner(digest, signature)
  known.set(key, signer)
  return signer
}

function findSigner(digest: Hex, signature: Hex): Address | null {
  const v = Number.parseInt(signature.slice(130), 16)
  if (v !== 27 && v !== 28) return null
  try {
    return recoverSigner(digest, signature)
  } catch {
    return null
  }
}
