/**
 * Verification of a signer by the accounts that may sign, for a kind whose nonce the registry checks before the signature.
 * The rules are those of the registry: an account without code must be the signer, and an account with code decides by
 * ERC-1271. An EIP-7702 delegation is code.
 */
import { BaseError, numberToHex, RpcRequestError } from 'viem'
import type { Address, Gas, Hex } from '../../domain/primitives.ts'
import { encodeIsValidSignature, isAccepted } from '../../evm/erc1271.ts'
import type { SimulatedResult } from '../../evm/simulator.ts'
import { type ChainClient, isUnavailable } from '../../rpc/chainClient.ts'

/** A signature to verify. */
export interface SignatureCheck {
  readonly digest: Hex
  readonly signature: Hex
  /** The address recovered from the signature. */
  readonly signer: Address
  /** The contract that asks an account with code. */
  readonly registry: Address
}

/**
 * Gas for one answer of an account with code. Verification of a P-256 signature in Solidity, the most expensive known use, takes
 * about a third.
 */
const ANSWER_GAS: Gas = 1_000_000

/** The accounts that may sign: the first word of each answer of the registry. A failed call and the zero address name none. */
export function agentsIn(answers: readonly SimulatedResult[]): readonly Address[] {
  const agents = answers
    .filter(({ success, returnData }) => success && returnData.length >= 66)
    .map(({ returnData }): Address => `0x${returnData.slice(26, 66).toLowerCase()}`)
  return [...new Set(agents)].filter((agent) => BigInt(agent) !== 0n)
}

/**
 * Asks whether one of the accounts accepts the signature.
 * @throws viem's error when the node does not answer
 */
export async function isSignedByOneOf(
  agents: readonly Address[],
  check: SignatureCheck,
  client: ChainClient,
): Promise<boolean> {
  const answers = await Promise.all(agents.map((agent) => accepts(agent, check, client)))
  return answers.includes(true)
}

async function accepts(agent: Address, check: SignatureCheck, client: ChainClient): Promise<boolean> {
  const code = await client.request({ method: 'eth_getCode', params: [agent, 'latest'] })
  return code === '0x' ? agent === check.signer.toLowerCase() : askContract(agent, check, client)
}

/**
 * A failed execution, for example a revert or the end of the gas, declines the signature.
 * @throws viem's error when the node has no result of the execution
 */
async function askContract(
  agent: Address,
  { digest, signature, registry }: SignatureCheck,
  client: ChainClient,
): Promise<boolean> {
  const call = {
    from: registry,
    to: agent,
    data: encodeIsValidSignature(digest, signature),
    gas: numberToHex(ANSWER_GAS),
  }
  try {
    // A raw request: viem's `call` would fetch URLs that the contract names (ERC-3668).
    return isAccepted(await client.request({ method: 'eth_call', params: [call, 'latest'] }))
  } catch (error) {
    if (isUnavailable(error) || !isExecutionError(error)) throw error
    return false
  }
}

/** JSON-RPC codes for a failed execution: reverted, server error (geth and others), VM execution error (Nethermind). */
const EXECUTION_CODES: ReadonlySet<number> = new Set([3, -32000, -32015])

/** The words of nodes that report a failed execution under another code. */
const EXECUTION_WORDS = /revert|evm error|out ?of ?gas|invalid opcode/i

/** Whether the node reports a failed execution, and not an outage. */
export function isExecutionError(error: unknown): boolean {
  const answer = error instanceof BaseError ? error.walk((link) => link instanceof RpcRequestError) : null
  if (!(answer instanceof RpcRequestError)) return false
  return EXECUTION_CODES.has(answer.code) || EXECUTION_WORDS.test(answer.details)
}
