/** Recovery agents with code (ERC-1271), honest and hostile. Source: contracts/TestAgent.sol, contracts/AgentSignature.sol. */
import { decodeFunctionData, type Hex, isAddressEqual, padHex, parseAbi } from 'viem'
import type { Address, Gas } from '../../../src/domain/primitives.ts'
import type { RegistryCall } from './registryCall.ts'
import { tryRecover } from './registryRules.ts'
import { accountAt, type RegistryState } from './registryState.ts'

/** What an agent does when it is asked whether a signature is valid. */
export type AgentConduct =
  /** Answers truthfully. */
  | 'honest'
  /** Answers "not valid" to every question. */
  | 'saysNo'
  /** Uses up all gas. */
  | 'burnsAlways'
  /** Answers truthfully in a simulation, and uses up all gas in a transaction. */
  | 'burnsOnChain'

export interface Agent {
  /** The signer whose signatures are valid. */
  readonly owner: Address
  readonly conduct: AgentConduct
}

/** The agents with code, by address in lower case. An agent that is not listed is a plain key. */
export type Agents = ReadonlyMap<string, Agent>

/** The circumstances that an agent can see. */
export interface Surroundings {
  readonly agents: Agents
  /** Whether the call is part of a transaction, which pays for gas. A simulation does not. */
  readonly isPaid: boolean
}

/** ERC-1271. The answer "valid" is the selector of the function. */
const QUESTION = parseAbi(['function isValidSignature(bytes32 hash, bytes signature) view returns (bytes4)'])
const VALID = padHex('0x1626ba7e', { dir: 'right', size: 32 })
const NOT_VALID = padHex('0xffffffff', { dir: 'right', size: 32 })

/** The answer of an agent with code to a direct call; null when the agent uses up all gas. */
export function answerOf(address: Address, data: Hex, surroundings: Surroundings): Hex | null {
  const agent = surroundings.agents.get(address.toLowerCase())
  if (agent === undefined || burns(agent, surroundings)) return null
  const { args } = decodeFunctionData({ abi: QUESTION, data })
  const [digest, signature] = args
  return accepts(address, { digest, signature }, surroundings) ? VALID : NOT_VALID
}

/** Whether an agent accepts a signature. An agent without gas for an answer accepts nothing. */
export function accepts(
  agent: Address,
  { digest, signature }: { readonly digest: Hex; readonly signature: Hex },
  surroundings: Surroundings,
): boolean {
  const code = surroundings.agents.get(agent.toLowerCase())
  const signer = tryRecover(digest, signature)
  if (code === undefined) return signer === agent
  const answers = !burns(code, surroundings) && code.conduct !== 'saysNo'
  return answers && signer !== null && isAddressEqual(signer, code.owner)
}

/** Whether an agent uses up all gas of a question. */
function burns({ conduct }: Agent, { isPaid }: Surroundings): boolean {
  return conduct === 'burnsAlways' || (conduct === 'burnsOnChain' && isPaid)
}

/**
 * The gas that the agent uses up during a call of the registry: 63/64 of the gas of the call. EIP-150.
 * @returns 0 for every call that asks no agent, and for an honest agent
 */
export function burntGas(
  state: RegistryState,
  call: RegistryCall | null,
  gas: Gas,
  surroundings: Surroundings,
): Gas {
  if (call?.name !== 'recoverAccount') return 0
  const [leafIndex] = call.args
  const account = accountAt(state, leafIndex)
  const agent = surroundings.agents.get(account.recoveryAgent)
  // The registry checks the nonce before it asks the agent.
  const isAsked = agent !== undefined && call.args[6] === account.nonce
  return isAsked && burns(agent, surroundings) ? Math.floor((gas * 63) / 64) : 0
}
