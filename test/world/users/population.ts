/** The accounts at the start of a run, and the signed operations of the owners. */

import type { Address, UintHex } from '../../../src/domain/primitives.ts'
import {
  changeAccount,
  createAccount,
  createIdleAccount,
  type LiveAccount,
} from '../../../src/load/account.ts'
import { createKey, type Key } from '../../../src/load/key.ts'
import { foldCreates } from '../../../src/registry/worldId/fold.ts'
import { operationKinds } from '../../../src/registry/worldId/kinds.ts'
import type {
  AccountOperation,
  CreateAccountOp,
  WorldIdOperation,
} from '../../../src/registry/worldId/operations.ts'
import type { RegistryDomain } from '../../../src/registry/worldId/typedData.ts'
import type { Agents } from '../chain/agents.ts'
import { callRegistry } from '../chain/registry.ts'
import { readRegistryCall } from '../chain/registryCall.ts'
import { emptyRegistry, type RegistryState } from '../chain/registryState.ts'
import { diceOf } from '../dice.ts'
import type { Plan } from '../plan.ts'
import type { Oddity, PlannedAccount, PlannedErrand } from './planErrands.ts'

type Change = Extract<PlannedErrand, { type: 'change' }>

export interface Errand {
  readonly planned: PlannedErrand
  /** The operation; for a newcomer the create. */
  readonly operation: WorldIdOperation
  /** An operation of the owner with an equal nonce, sent past the gateway. */
  readonly rival: WorldIdOperation | null
  /** The later account of a newcomer, without the leaf. */
  readonly newcomer: Omit<LiveAccount, 'leafIndex'> | null
}

export interface Population {
  readonly registry: RegistryState
  /** The recovery agents with code. */
  readonly agents: Agents
  readonly errands: readonly Errand[]
}

/** An account's script, step by step. */
interface Life {
  /** The account before each step, and after the last. */
  readonly stages: readonly LiveAccount[]
  readonly operations: readonly AccountOperation[]
}

export function populate(plan: Plan, domain: RegistryDomain): Population {
  const creations = plan.accounts.map(({ authenticators }, index) =>
    createAccount(authenticators, diceOf(plan.seed, 'owner', index)),
  )
  const operations = creations.map(({ operation }, index) => {
    const hasCode = plan.accounts[index]?.agent !== null
    return hasCode ? { ...operation, recoveryAddress: agentOf(index) } : operation
  })
  const lives = creations.map(({ account }, index) =>
    live({ ...account, leafIndex: leafOf(index) }, plan.accounts[index]?.script ?? [], {
      seed: plan.seed,
      index,
      domain,
    }),
  )
  return {
    registry: operations.length === 0 ? emptyRegistry : found(operations, domain),
    agents: new Map(
      creations.flatMap(({ operation }, index) => {
        const conduct = plan.accounts[index]?.agent ?? null
        return conduct === null ? [] : [[agentOf(index), { owner: operation.recoveryAddress, conduct }]]
      }),
    ),
    errands: plan.errands.map((planned) => realize(planned, { plan, lives, domain })),
  }
}

/** The address of an account's recovery agent with code. Its name is readable in a trace. */
function agentOf(index: number): Address {
  return `0xa6e17${index.toString(16).padStart(35, '0')}`
}

/** Leaf indices begin at 1. */
function leafOf(index: number): UintHex {
  return `0x${(index + 1).toString(16)}`
}

function found(operations: readonly CreateAccountOp[], domain: RegistryDomain): RegistryState {
  const context = { domain, timestamp: 0, agents: new Map(), isPaid: true }
  return callRegistry(emptyRegistry, readRegistryCall(foldCreates(operations)), context).state
}

function live(
  start: LiveAccount,
  script: PlannedAccount['script'],
  { seed, index, domain }: { seed: number; index: number; domain: RegistryDomain },
): Life {
  const stages = [start]
  const operations: AccountOperation[] = []
  let account = start
  for (const [step, kind] of script.entries()) {
    const random = diceOf(seed, 'step', index, step)
    const changed = changeAccount(account, kind, { domain, random })
    account = changed.account
    stages.push(account)
    operations.push(toAccountOperation(changed.operation))
  }
  return { stages, operations }
}

interface Scene {
  readonly plan: Plan
  readonly lives: readonly Life[]
  readonly domain: RegistryDomain
}

function realize(planned: PlannedErrand, scene: Scene): Errand {
  const { seed } = scene.plan
  if (planned.type === 'change') return { planned, newcomer: null, ...realizeChange(planned, scene) }
  const random = diceOf(seed, planned.name)
  if (planned.type === 'newcomer') {
    const { operation, account } = createAccount(planned.authenticators, random)
    return { planned, operation, rival: null, newcomer: account }
  }
  const creation = createIdleAccount(random)
  const operation = planned.twin ? { ...creation, authenticatorAddresses: [sharedAddress(seed)] } : creation
  return { planned, operation, rival: null, newcomer: null }
}

/** The shared address of all twins. */
function sharedAddress(seed: number): Address {
  return createKey(diceOf(seed, 'shared')).address
}

function realizeChange({ account, step, oddity }: Change, { plan, lives, domain }: Scene) {
  const life = lives[account]
  const operation = life?.operations[step]
  const before = life?.stages[step]
  if (operation === undefined || before === undefined)
    throw new RangeError(`account ${account} has no step ${step}`)
  const random = diceOf(plan.seed, 'oddity', account)
  const { key } = before.authenticators[0]
  const rival =
    oddity === 'rival' ? changeAccount(before, 'insert_authenticator', { domain, random }).operation : null
  return { operation: bend(operation, oddity, { key, seed: plan.seed, domain }), rival }
}

/** The operation with its flaw. */
function bend(
  operation: AccountOperation,
  oddity: Oddity | null,
  { key, seed, domain }: { key: Key; seed: number; domain: RegistryDomain },
): AccountOperation {
  if (oddity === 'badSignature') return signed(createKey(diceOf(seed, 'forger')), operation, domain)
  if (operation.kind !== 'insert_authenticator') return operation
  if (oddity === 'takenSlot') return signed(key, { ...operation, pubkeyId: 0 }, domain)
  if (oddity === 'twin') {
    return signed(key, { ...operation, newAuthenticatorAddress: sharedAddress(seed) }, domain)
  }
  return operation
}

function signed(key: Key, operation: AccountOperation, domain: RegistryDomain): AccountOperation {
  const digest = operationKinds[operation.kind].digest(operation, domain)
  if (digest === null) throw new TypeError(`${operation.kind} has nothing to sign`)
  return { ...operation, signature: key.sign(digest) }
}

function toAccountOperation(operation: WorldIdOperation): AccountOperation {
  if ('newOffchainSignerCommitment' in operation) return operation
  throw new TypeError('a script changes authenticators only')
}
