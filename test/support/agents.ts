/** Recovery agents with code (`contracts/TestAgent.sol`), honest or hostile. */
import { TestAgent } from '../../contracts/artifacts/TestAgent.ts'
import type { Address } from '../../src/domain/primitives.ts'
import { mined, STRANGER } from './accounts.ts'
import type { TestChain } from './chain.ts'

/** When an agent misbehaves, in the order of the contract. */
const TRIGGERS = ['Never', 'Always', 'WhenCodeIsReal', 'WhenGasIsPaid', 'WhenBlockHasCoinbase'] as const

/** What a misbehaving agent does, in the order of the contract. */
const MISBEHAVIOURS = ['Loop', 'Invalid', 'Revert', 'SayNo', 'ReturnMuch'] as const

export interface Agent {
  /** The agent answers "valid" for signatures of this address. */
  readonly owner: Address
  /** Default: never. */
  readonly when?: (typeof TRIGGERS)[number]
  readonly does?: (typeof MISBEHAVIOURS)[number]
}

/** Deploys an agent. The chain must be mining. */
export async function deployAgent(
  chain: Pick<TestChain, 'client'>,
  { owner, when = 'Never', does = 'Loop' }: Agent,
): Promise<Address> {
  const hash = await chain.client.deployContract({
    account: STRANGER,
    abi: TestAgent.abi,
    bytecode: TestAgent.bytecode,
    args: [owner, TRIGGERS.indexOf(when), MISBEHAVIOURS.indexOf(does)],
    gas: 1_000_000n,
  })
  const { contractAddress } = await mined(chain, hash)
  if (!contractAddress) throw new Error('the agent was not deployed')
  return contractAddress
}

/** Lets an account delegate to an agent (EIP-7702): the account then has code. */
export async function delegate(
  { client }: Pick<TestChain, 'client'>,
  from: Address,
  to: Address,
): Promise<void> {
  await client.setCode({ address: from, bytecode: `0xef0100${to.slice(2)}` })
}
