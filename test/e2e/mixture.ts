/** Operations of every kind. Some must not succeed, for various reasons. */

import { createIdleAccount, type LiveAccount } from '../../src/load/account.ts'
import { createKey, type Key } from '../../src/load/key.ts'
import type { ChangeKind } from '../../src/load/plan.ts'
import type { Random } from '../../src/load/random.ts'
import type { WorldIdOperation } from '../../src/registry/worldId/operations.ts'
import type { RegistryDomain } from '../../src/registry/worldId/typedData.ts'
import {
  callDataOf,
  changes,
  domainOf,
  mined,
  nextChange,
  seedAccounts,
  sendAsStranger,
  signedBy,
} from '../support/accounts.ts'
import type { TestChain } from '../support/chain.ts'
import { upTo } from '../support/ledger.ts'

export interface Item {
  readonly operation: WorldIdOperation
  /** The expected code of a refusal; null if the operation may be accepted. */
  readonly refusal: string | null
  /** A second operation of the account with an equal nonce: only the first of the two can succeed. */
  readonly rival: WorldIdOperation | null
}

/** The items by their purpose. */
export interface Mixture {
  /** Single operations that are sent first. */
  readonly early: readonly Item[]
  /** Single operations that are sent last. */
  readonly late: readonly Item[]
  /** Three successive operations per account, account by account. */
  readonly lanes: readonly Item[]
  readonly creates: readonly Item[]
  /** Operations that can never succeed. */
  readonly mistakes: readonly Item[]
  /** Pairs that claim the same address: one of the two succeeds. */
  readonly twins: readonly (readonly [Item, Item])[]
  /** Pairs of successive operations of an account with an equal slot: the second is not valid after the first. */
  readonly conflicts: readonly (readonly [Item, Item])[]
}

/** Most accounts in the mixture. */
const SEEDS = 140
/** Number of operations per kind of mistake, twin and conflict. */
const EACH = 4
const SINGLES = 16
const LANES_OF_A_KIND = 13
/** A slot without an authenticator in every account. */
const OTHER_SLOT = 5

/**
 * Prepares the operations, and the accounts on the chain.
 * @param total number of operations; creates fill the rest
 */
export async function prepareMixture(chain: TestChain, total: number, random: Random): Promise<Mixture> {
  const seeds = [...(await seedAccounts(chain, { count: SEEDS, authenticators: 2, random }))]
  const seed = (): LiveAccount => {
    const account = seeds.pop()
    if (account === undefined) throw new RangeError('more accounts are needed')
    return account
  }
  const parts: Parts = { chain, domain: domainOf(chain), random, seed }
  const mistakes: Item[] = []
  for (const _ of upTo(EACH)) mistakes.push(...(await mistakesOfEachKind(parts)))
  const rest = {
    early: upTo(SINGLES).map(() => single(parts)),
    late: upTo(SINGLES).map(() => single(parts)),
    lanes: upTo(LANES_OF_A_KIND).flatMap(() => lanesOfEachKind(parts)),
    mistakes,
    twins: upTo(EACH).flatMap(() => twinsOfEachKind(parts)),
    conflicts: upTo(EACH).map(() => conflict(parts)),
  }
  const creates = total - Object.values(rest).flat(2).length
  return { ...rest, creates: upTo(creates).map(() => good(createIdleAccount(random))) }
}

interface Parts {
  readonly chain: TestChain
  readonly domain: RegistryDomain
  readonly random: Random
  /** An account that no other item uses. */
  readonly seed: () => LiveAccount
}

function good(operation: WorldIdOperation, rival: WorldIdOperation | null = null): Item {
  return { operation, refusal: null, rival }
}

function bad(refusal: string, operation: WorldIdOperation): Item {
  return { operation, refusal, rival: null }
}

function ownerOf({ authenticators: [{ key }] }: LiveAccount): Key {
  return key
}

function single(parts: Parts): Item {
  const account = parts.seed()
  const insert = () => nextChange(account, 'insert_authenticator', parts).operation
  const rival = signedBy(ownerOf(account), insert(), parts.domain, { pubkeyId: OTHER_SLOT })
  return good(insert(), rival)
}

/** No operation depends on the effect of an earlier operation, for example a free slot or a new key. */
const SCRIPTS: readonly (readonly ChangeKind[])[] = [
  ['insert_authenticator', 'insert_authenticator', 'insert_authenticator'],
  ['insert_authenticator', 'remove_authenticator', 'update_authenticator'],
  ['insert_authenticator', 'remove_authenticator', 'recover_account'],
]

function lanesOfEachKind(parts: Parts): readonly Item[] {
  return SCRIPTS.flatMap((script) => changes(parts.seed(), script, parts).map((operation) => good(operation)))
}

async function mistakesOfEachKind(parts: Parts): Promise<readonly Item[]> {
  const { chain, domain, random, seed } = parts
  const veteran = nextChange(seed(), 'insert_authenticator', parts)
  await mined(chain, await sendAsStranger(chain, callDataOf(veteran.operation)))
  const second = nextChange(veteran.account, 'insert_authenticator', parts).operation

  const account = seed()
  const owner = ownerOf(account)
  const stranger = createKey(random)
  const insert = nextChange(account, 'insert_authenticator', parts).operation
  const update = nextChange(account, 'update_authenticator', parts).operation
  const recovery = nextChange(account, 'recover_account', parts).operation
  return [
    bad('mismatched_signature_nonce', signedBy(ownerOf(veteran.account), second, domain, { nonce: '0x0' })),
    bad('mismatched_signature_nonce', signedBy(owner, insert, domain, { nonce: '0x65' })),
    bad('pubkey_id_in_use', signedBy(owner, insert, domain, { pubkeyId: 1 })),
    bad('bad_request', signedBy(owner, insert, domain, { pubkeyId: 7 })),
    bad('bad_request', { ...insert, oldOffchainSignerCommitment: '0x1' }),
    bad('bad_request', { ...insert, signature: `0x${'00'.repeat(64)}1b` }),
    bad('authenticator_does_not_exist', signedBy(stranger, insert, domain)),
    bad('bad_request', signedBy(ownerOf(seed()), insert, domain)),
    bad('bad_request', signedBy(stranger, update, domain)),
    bad('bad_request', signedBy(stranger, recovery, domain)),
    bad('authenticator_already_exists', {
      ...createIdleAccount(random),
      authenticatorAddresses: [ownerOf(seed()).address],
    }),
  ]
}

/** Two creates, a create and an insert, and two inserts on different accounts. */
function twinsOfEachKind(parts: Parts): Mixture['twins'] {
  const { random, domain, seed } = parts
  const createOf = (address: Key['address']) =>
    good({ ...createIdleAccount(random), authenticatorAddresses: [address] })
  const insertOf = (newAuthenticatorAddress: Key['address']) => {
    const account = seed()
    const { operation } = nextChange(account, 'insert_authenticator', parts)
    return good(signedBy(ownerOf(account), operation, domain, { newAuthenticatorAddress }))
  }
  const [one, two, three] = [createKey(random).address, createKey(random).address, createKey(random).address]
  return [
    [createOf(one), createOf(one)],
    [createOf(two), insertOf(two)],
    [insertOf(three), insertOf(three)],
  ]
}

function conflict(parts: Parts): readonly [Item, Item] {
  const account = parts.seed()
  const first = nextChange(account, 'insert_authenticator', parts)
  const second = nextChange(first.account, 'insert_authenticator', parts).operation
  const { pubkeyId } = first.operation
  return [good(first.operation), good(signedBy(ownerOf(account), second, parts.domain, { pubkeyId }))]
}
