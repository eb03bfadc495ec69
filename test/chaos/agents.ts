/** The recovery agents with code of a run: contracts that answer for a key, or burn the gas of a transaction. */
import type { Address } from '../../src/domain/primitives.ts'
import { type Agent, deployAgent } from '../support/agents.ts'
import type { TestChain } from '../support/chain.ts'
import type { Plan } from './plan.ts'

type Conduct = Omit<Agent, 'owner'>

/** The conduct of the agent, by the oddity of the account. */
const CONDUCTS: Readonly<Partial<Record<Plan['oddities'][number]['oddity'], Conduct>>> = {
  burningAgent: { when: 'WhenGasIsPaid', does: 'Loop' },
  decliningAgent: { when: 'Always', does: 'SayNo' },
  honestAgent: {},
}

/**
 * Gives each account its recovery agent.
 * @returns the agent of the next account: its recovery key, or a contract for an account with such an oddity
 */
export function agentsOf({ lanes, oddities }: Plan, chain: TestChain) {
  let index = -lanes.length
  return async (owner: Address): Promise<Address> => {
    const conduct = CONDUCTS[oddities[index++]?.oddity ?? 'gap']
    return conduct === undefined ? owner : deployAgent(chain, { owner, ...conduct })
  }
}
