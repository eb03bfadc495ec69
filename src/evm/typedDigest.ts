/**
 * Digests of typed messages (EIP-712) with integers and addresses as fields, one 32-byte word each.
 *
 * A digest is two hashes of plain concatenations, because the type hash and the domain separator are computed once. The
 * intake computes a digest for every signed operation (`npm run bench`, row `eip712_digest_us`).
 */
import type { AbiParameter } from 'viem'
import type { Hex } from '../domain/primitives.ts'
import type { Eip712Domain } from './eip712Domain.ts'
import { bytesOf, keccak256 } from './keccak.ts'
import { encodeWord, type Named, pick, type Scalar } from './named.ts'

/** The hash of a message's type. EIP-712, "Definition of `hashStruct`". */
export function typeHash(name: string, fields: readonly AbiParameter[]): Hex {
  const members = fields.map((field) => `${field.type} ${field.name}`)
  return keccak256(Buffer.from(`${name}(${members.join(',')})`))
}

/**
 * Makes the digest function of a message type: the digest is the 32 bytes that a wallet signs.
 * @param name of the message's type
 * @param fields in the order of the type; integers and addresses
 */
export function typedDigest<const F extends AbiParameter>(
  name: string,
  fields: readonly F[],
): (message: Named<F>, domain: Pick<Eip712Domain, 'separator'>) => Hex {
  const type = typeHash(name, fields)
  return (message, { separator }) => {
    const words = fields.map((field) => encodeWord(pick<Scalar>(field, message)))
    const struct = keccak256(bytesOf(`${type}${words.join('')}`))
    return keccak256(bytesOf(`0x1901${separator.slice(2)}${struct.slice(2)}`))
  }
}
