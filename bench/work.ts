/** Valid new operations for measurements. */

import type { Devnet } from '../src/devnet/devnet.ts'
import { changeAccount, createAccount, createIdleAccount, type LiveAccount } from '../src/load/account.ts'
import { createLeafReader } from '../src/load/leaves.ts'
import { apportion, DEFAULT_MIX, parseMix } from '../src/load/mix.ts'
import { CHANGE_KINDS, type ChangeKind } from '../src/load/plan.ts'
import { secureRandom } from '../src/load/random.ts'
import type { WorldIdOperation } from '../src/registry/worldId/operations.ts'
import { registryDomain } from '../src/registry/worldId/typedData.ts'
import { mapLimited } from './mapLimited.ts'

export function creates(count: number): readonly WorldIdOperation[] {
  return Array.from({ length: count }, () => createIdleAccount(secureRandom))
}

/** Creates the accounts of later operations on chain. */
type Create = (operations: readonly WorldIdOperation[]) => Promise<unknown>

/** Operations in the default mix of kinds. @throws Error if an account was not created */
export async function mixed(
  chain: Devnet,
  count: number,
  create: Create,
): Promise<readonly WorldIdOperation[]> {
  const counts = apportion(count, parseMix(DEFAULT_MIX))
  const kinds = CHANGE_KINDS.flatMap((kind) => Array<ChangeKind>(counts[kind]).fill(kind))
  return [...creates(counts.create_account), ...(await changes(chain, kinds, create))]
}

/** Inserts of an authenticator. @throws Error if an account was not created */
export function inserts(chain: Devnet, count: number, create: Create): Promise<readonly WorldIdOperation[]> {
  return changes(chain, Array<ChangeKind>(count).fill('insert_authenticator'), create)
}

/** One change per account. Every account has two authenticators: a removal is possible. */
async function changes(
  chain: Devnet,
  kinds: readonly ChangeKind[],
  create: Create,
): Promise<readonly WorldIdOperation[]> {
  const created = kinds.map((kind) => ({ kind, ...createAccount(2, secureRandom) }))
  await create(created.map(({ operation }) => operation))
  const domain = registryDomain(chain.chainId, chain.registryAddress)
  const leaves = createLeafReader(chain.rpcUrl, chain.registryAddress)
  return mapLimited(created, created.length, async ({ account, kind }) => {
    const leafIndex = await leaves.leafOf(account.authenticators[0].key.address)
    if (leafIndex === null) throw new Error('an account was not created')
    const live: LiveAccount = { ...account, leafIndex }
    return changeAccount(live, kind, { domain, random: secureRandom }).operation
  })
}
