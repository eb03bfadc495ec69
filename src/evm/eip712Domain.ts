/** The domain of a typed message: the contract that the signature is for. */
import { domainSeparator } from 'viem'
import type { Address, Hex } from '../domain/primitives.ts'

/** An EIP-712 domain with its hash. */
export interface Eip712Domain {
  readonly name: string
  readonly version: string
  readonly chainId: number
  readonly verifyingContract: Address
  /** The hash of the fields above. */
  readonly separator: Hex
}

/** Computes the separator of a domain. EIP-712, "Definition of `domainSeparator`". */
export function eip712Domain<Fields extends Omit<Eip712Domain, 'separator'>>(
  fields: Fields,
): Fields & Pick<Eip712Domain, 'separator'> {
  const { name, version, chainId, verifyingContract } = fields
  return { ...fields, separator: domainSeparator({ domain: { name, version, chainId, verifyingContract } }) }
}
