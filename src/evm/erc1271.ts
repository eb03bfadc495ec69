/** ERC-1271: a contract decides whether it accepts a signature. */
import { encodeFunctionData, parseAbi } from 'viem'
import type { Hex } from '../domain/primitives.ts'

const abi = parseAbi(['function isValidSignature(bytes32 hash, bytes signature) view returns (bytes4)'])

/** Encodes the question to a contract. @param digest the signed digest, 32 bytes */
export function encodeIsValidSignature(digest: Hex, signature: Hex): Hex {
  return encodeFunctionData({ abi, functionName: 'isValidSignature', args: [digest, signature] })
}

/** The selector of `isValidSignature` as a 32-byte word. Any other answer declines the signature. */
const ACCEPTED = `0x1626ba7e${'0'.repeat(56)}`

/** True if the answer of a contract accepts the signature. The data behind the first word is ignored, as in contracts. */
export function isAccepted(answer: Hex): boolean {
  return answer.slice(0, ACCEPTED.length).toLowerCase() === ACCEPTED
}
