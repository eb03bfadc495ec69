/** The typed messages signed by the registry's users, and the EIP-712 digests. */
import type { Address, Hex } from '../../domain/primitives.ts'
import { type Eip712Domain, eip712Domain } from '../../evm/eip712Domain.ts'
import type { Named } from '../../evm/named.ts'
import { typedDigest } from '../../evm/typedDigest.ts'

/** The messages in the form of a wallet's `signTypedData`. */
export const registryTypes = {
  InsertAuthenticator: [
    { name: 'leafIndex', type: 'uint64' },
    { name: 'newAuthenticatorAddress', type: 'address' },
    { name: 'pubkeyId', type: 'uint32' },
    { name: 'newAuthenticatorPubkey', type: 'uint256' },
    { name: 'newOffchainSignerCommitment', type: 'uint256' },
    { name: 'nonce', type: 'uint256' },
  ],
  UpdateAuthenticator: [
    { name: 'leafIndex', type: 'uint64' },
    { name: 'oldAuthenticatorAddress', type: 'address' },
    { name: 'newAuthenticatorAddress', type: 'address' },
    { name: 'pubkeyId', type: 'uint32' },
    { name: 'newAuthenticatorPubkey', type: 'uint256' },
    { name: 'newOffchainSignerCommitment', type: 'uint256' },
    { name: 'nonce', type: 'uint256' },
  ],
  RemoveAuthenticator: [
    { name: 'leafIndex', type: 'uint64' },
    { name: 'authenticatorAddress', type: 'address' },
    { name: 'pubkeyId', type: 'uint32' },
    { name: 'authenticatorPubkey', type: 'uint256' },
    { name: 'newOffchainSignerCommitment', type: 'uint256' },
    { name: 'nonce', type: 'uint256' },
  ],
  RecoverAccount: [
    { name: 'leafIndex', type: 'uint64' },
    { name: 'newAuthenticatorAddress', type: 'address' },
    { name: 'newAuthenticatorPubkey', type: 'uint256' },
    { name: 'newOffchainSignerCommitment', type: 'uint256' },
    { name: 'nonce', type: 'uint256' },
  ],
  /** Version 2 uses it for `updateRecoveryAgent`. */
  InitiateRecoveryAgentUpdate: [
    { name: 'leafIndex', type: 'uint64' },
    { name: 'newRecoveryAgent', type: 'address' },
    { name: 'nonce', type: 'uint256' },
  ],
  /** Version 2 uses it for `revertRecoveryAgentUpdate`. */
  CancelRecoveryAgentUpdate: [
    { name: 'leafIndex', type: 'uint64' },
    { name: 'nonce', type: 'uint256' },
  ],
} as const

type MessageName = keyof typeof registryTypes

type MessageOf<M extends MessageName> = Named<(typeof registryTypes)[M][number]>

/** The EIP-712 domain of a registry. */
export interface RegistryDomain extends Eip712Domain {
  readonly name: 'WorldIDRegistry'
  readonly version: '1.0'
}

/** Builds the EIP-712 domain of the registry at an address on a chain. */
export function registryDomain(chainId: number, verifyingContract: Address): RegistryDomain {
  return eip712Domain({ name: 'WorldIDRegistry', version: '1.0', chainId, verifyingContract })
}

/** Makes the function that computes the digest of a message of the type `name`. */
export function registryDigest<M extends MessageName>(
  name: M,
): (message: MessageOf<M>, domain: Eip712Domain) => Hex {
  return typedDigest<(typeof registryTypes)[M][number]>(name, registryTypes[name])
}
