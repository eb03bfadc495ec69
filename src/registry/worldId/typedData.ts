/**
 * The typed messages that users of the registry sign, and their digests (EIP-712).
 *
 * Every field is one 32-byte word, so a digest is three hashes of plain concatenations: type hashes and the domain
 * separator are computed once. The intake does this for every operation that arrives.
 */
import { domainSeparator, type TypedDataParameter } from 'viem'
import type { Address, Hex } from '../../domain/primitives.ts'
import { bytesOf, keccak256 } from '../../evm/keccak.ts'
import { encodeWord, type Named, pick, type Scalar } from '../../evm/named.ts'

/** The messages, as `signTypedData` of wallets wants them. */
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
} as const

type MessageName = keyof typeof registryTypes

type MessageOf<M extends MessageName> = Named<(typeof registryTypes)[M][number]>

/** The registry that a signature is for. */
export interface RegistryDomain {
  readonly name: 'WorldIDRegistry'
  readonly version: '1.0'
  readonly chainId: number
  readonly verifyingContract: Address
  /** The hash of all this. */
  readonly separator: Hex
}

/** The EIP-712 domain of the registry at an address of a chain. */
export function registryDomain(chainId: number, verifyingContract: Address): RegistryDomain {
  const domain = { name: 'WorldIDRegistry', version: '1.0', chainId, verifyingContract } as const
  return { ...domain, separator: domainSeparator({ domain }) }
}

/** The hash of a message's type. EIP-712, "Definition of `hashStruct`". */
export function typeHash(name: MessageName): Hex {
  const fields = registryTypes[name].map((field) => `${field.type} ${field.name}`)
  return keccak256(Buffer.from(`${name}(${fields.join(',')})`))
}

/** Makes the function that gives the digest of a message of type `name`: what its signer signs. */
export function typedDigest<M extends MessageName>(
  name: M,
): (message: MessageOf<M>, domain: RegistryDomain) => Hex {
  const fields: readonly TypedDataParameter[] = registryTypes[name]
  const type = typeHash(name)
  return (message, domain) => {
    const words = fields.map((field) => encodeWord(pick<Scalar>(field, message)))
    const struct = keccak256(bytesOf(`${type}${words.join('')}`))
    return keccak256(bytesOf(`0x1901${domain.separator.slice(2)}${struct.slice(2)}`))
  }
}
