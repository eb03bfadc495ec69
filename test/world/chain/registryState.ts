/** The state of the registry as a value: each block keeps its own. */
import type { Address, Hash } from '../../../src/domain/primitives.ts'
import { OrderedMap } from '../../../src/policy/orderedMap.ts'

export interface RegistryAccount {
  /** May recover the account; the zero address for none. */
  readonly recoveryAgent: Address
  /** The used pubkey ids: bit i for id i. */
  readonly slots: number
  readonly recoveryCounter: number
  readonly nonce: bigint
  /** The account's leaf of the tree. */
  readonly commitment: bigint
}

export interface Authenticator {
  readonly leafIndex: bigint
  readonly pubkeyId: number
  /** The account's recovery counter at the assignment; void after a later recovery. */
  readonly recoveryCounter: number
}

export interface RegistryState {
  readonly nextLeafIndex: bigint
  readonly accounts: OrderedMap<bigint, RegistryAccount>
  /** By address in lower case. */
  readonly authenticators: OrderedMap<string, Authenticator>
  /** Stands for the tree's root: it changes with each leaf. */
  readonly root: Hash
}

export const ZERO_ADDRESS: Address = `0x${'0'.repeat(40)}`

export const emptyRegistry: RegistryState = {
  nextLeafIndex: 1n,
  accounts: OrderedMap.empty<bigint, RegistryAccount>((a, b) => (a < b ? -1 : a > b ? 1 : 0)),
  authenticators: OrderedMap.empty<string, Authenticator>((a, b) => (a < b ? -1 : a > b ? 1 : 0)),
  root: `0x${'0'.repeat(64)}`,
}

const unknownAccount: RegistryAccount = {
  recoveryAgent: ZERO_ADDRESS,
  slots: 0,
  recoveryCounter: 0,
  nonce: 0n,
  commitment: 0n,
}

/** The account of a leaf; all zeros before the create, as in unwritten storage. */
export function accountAt({ accounts }: RegistryState, leafIndex: bigint): RegistryAccount {
  return accounts.get(leafIndex) ?? unknownAccount
}

/** `[32 recoveryCounter][32 pubkeyId][128 reserved][64 leafIndex]`, or zero. */
export function packedData({ authenticators }: RegistryState, address: string): bigint {
  const known = authenticators.get(address.toLowerCase())
  if (known === undefined) return 0n
  return (BigInt(known.recoveryCounter) << 224n) | (BigInt(known.pubkeyId) << 192n) | known.leafIndex
}
