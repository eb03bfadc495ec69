/** The signed operations of a run, and the expectation for each. */

import { createAccount, createIdleAccount, type LiveAccount } from '../../src/load/account.ts'
import type { ChangeKind } from '../../src/load/plan.ts'
import type { WorldIdOperation } from '../../src/registry/worldId/operations.ts'
import { changes, domainOf, nextChange, seedAccounts, signedBy } from '../support/accounts.ts'
import type { TestChain } from '../support/chain.ts'
import { agentsOf } from './agents.ts'
import { type Chance, chanceOf } from './chance.ts'
import type { ODDITIES, Plan } from './plan.ts'

/**
 * - `lands`: valid; only a contradicting operation from outside may cause a failure.
 * - `never`: invalid; it must not take effect.
 * - `either`: a rival operation contradicts it; the first one wins.
 */
export type Expectation = 'lands' | 'never' | 'either'

export interface Task {
  /** Unique in its run; describes the operation. */
  readonly name: string
  readonly operation: WorldIdOperation
  readonly expectation: Expectation
  /** The operation of a rival account, sent after the acknowledgement. */
  readonly rival: WorldIdOperation | null
}

/** The tasks of a client. The client sends a task after the answer to the previous task. */
export interface Errand {
  readonly beat: number
  /** Whether each task waits until the previous task is accepted. */
  readonly isInOrder: boolean
  readonly tasks: readonly Task[]
}

/** Creates the accounts of the plan on the chain, and signs the operations. The chain must be mining. */
export async function prepareTraffic(plan: Plan, chain: TestChain): Promise<readonly Errand[]> {
  const chance = chanceOf(plan.seed, 'keys')
  const authenticators = Math.max(...plan.lanes.map((lane) => lane.authenticators), 1)
  const count = plan.lanes.length + plan.oddities.length
  const agentOf = agentsOf(plan, chain)
  const accounts = await seedAccounts(chain, { count, authenticators, random: chance, agentOf })
  const signing: Signing = { domain: domainOf(chain), random: chance }
  const own = (index: number): LiveAccount => {
    const account = accounts[index]
    if (account === undefined) throw new RangeError('there are too few accounts')
    return account
  }
  return [
    ...plan.lanes.map(({ beat, script, isReversed }, index) => {
      const tasks = laneTasks(`lane ${index}`, own(index), script, signing)
      return { beat, isInOrder: !isReversed, tasks: isReversed ? tasks.toReversed() : tasks }
    }),
    ...plan.creates.map((beat, index) => ({
      beat,
      isInOrder: true,
      tasks: [sound(`create ${index}`, createIdleAccount(chance))],
    })),
    ...plan.oddities.map(({ beat, oddity }, index) => ({
      beat,
      isInOrder: true,
      tasks: ODD[oddity](own(plan.lanes.length + index), signing),
    })),
  ]
}

interface Signing {
  readonly domain: ReturnType<typeof domainOf>
  readonly random: Chance
}

function sound(name: string, operation: WorldIdOperation): Task {
  return { name, operation, expectation: 'lands', rival: null }
}

function never(name: string, operation: WorldIdOperation): Task {
  return { name, operation, expectation: 'never', rival: null }
}

function laneTasks(
  name: string,
  account: LiveAccount,
  script: readonly ChangeKind[],
  signing: Signing,
): readonly Task[] {
  return changes(account, script, signing).map((operation, nonce) =>
    sound(`${name}.${nonce} ${operation.kind}`, operation),
  )
}

type MakeOddity = (account: LiveAccount, signing: Signing) => readonly Task[]

const ODD: Readonly<Record<(typeof ODDITIES)[number], MakeOddity>> = {
  badSignature: (account, signing) => {
    const { operation } = nextChange(account, 'insert_authenticator', signing)
    const other = nextChange(account, 'insert_authenticator', signing).operation
    return [never('signature of another operation', { ...operation, signature: other.signature })]
  },
  usedNonce: (account, signing) => {
    const first = nextChange(account, 'insert_authenticator', signing).operation
    const second = nextChange(account, 'insert_authenticator', signing).operation
    return [sound('first of a nonce', first), never('second of a nonce', second)]
  },
  gap: (account, signing) => {
    const [, second] = changes(account, ['insert_authenticator', 'insert_authenticator'], signing)
    return second === undefined ? [] : [never('after a nonce that never comes', second)]
  },
  takenSlot: (account, signing) => {
    const [owner] = account.authenticators
    const [first, second] = changes(account, ['insert_authenticator', 'insert_authenticator'], signing)
    if (first === undefined || second?.kind !== 'insert_authenticator') return []
    const broken = signedBy(owner.key, second, signing.domain, { pubkeyId: owner.pubkeyId })
    // The second operation is sent first: the conflict is not visible yet.
    return [never('slot that is taken', broken), sound('before a slot that is taken', first)]
  },
  twin: (_, { random }) => {
    const first = createIdleAccount(random)
    const second = { ...createIdleAccount(random), authenticatorAddresses: first.authenticatorAddresses }
    return [sound('first of twins', first), never('second of twins', second)]
  },
  rivalCreate: (_, { random }) => {
    const ours = createIdleAccount(random)
    const rival = {
      ...createAccount(1, random).operation,
      authenticatorAddresses: ours.authenticatorAddresses,
    }
    return [{ name: 'create with a rival', operation: ours, expectation: 'either', rival }]
  },
  rivalChange: (account, signing) => {
    const ours = nextChange(account, 'insert_authenticator', signing).operation
    const rival = nextChange(account, 'recover_account', signing).operation
    return [{ name: 'change with a rival', operation: ours, expectation: 'either', rival }]
  },
  burningAgent: (account, signing) => [
    never('recovery by an agent that burns gas', nextChange(account, 'recover_account', signing).operation),
  ],
  decliningAgent: (account, signing) => [
    never('recovery by an agent that declines', nextChange(account, 'recover_account', signing).operation),
  ],
  honestAgent: (account, signing) => [
    sound('recovery by an honest agent', nextChange(account, 'recover_account', signing).operation),
  ],
}
