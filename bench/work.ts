/** The work that is measured: sound operations that nobody has sent yet. */

import type { Devnet } from '../src/devnet/devnet.ts'
import { OPERATION_KINDS, type Operation } from '../src/domain/operation.ts'
import { changeAccount, createAccount, createIdleAccount, type LiveAccount } from '../src/load/account.ts'
import { createLeafReader } from '../src/load/leaves.ts'
import { apportion, DEFAULT_MIX, parseMix } from '../src/load/mix.ts'
import type { ChangeKind } from '../src/load/plan.ts'
import { secureRandom } from '../src/load/random.ts'
import { registryDomain } from '../src/registry/worldId/typedData.ts'
import { mapLimited } from './mapLimited.ts'

export function creates(count: number): readonly Operation[] {
  return Array.from({ length: count }, () => createIdleAccount(secureRandom))
}

/** Lands the accounts that are to be changed, in whatever way. */
type Create = (operations: readonly Operation[]) => Promise<unknown>

/** As many operations of each kind as users send by default. @throws Error when an account is not there in the end */
export async function mixed(chain: Devnet, count: number, create: Create): Promise<readonly Operation[]> {
  const counts = apportion(count, parseMix(DEFAULT_MIX))
  const kinds = OPERATION_KINDS.filter((kind) => kind !== 'create_account').flatMap((kind) =>
    Array<ChangeKind>(counts[kind]).fill(kind),
  )
  return [...creates(counts.create_account), ...(await changes(chain, kinds, create))]
}

/** Inserts of an authenticator. @throws Error when an account is not there in the end */
export function inserts(chain: Devnet, count: number, create: Create): Promise<readonly Operation[]> {
  return changes(chain, Array<ChangeKind>(count).fill('insert_authenticator'), create)
}

/** Changes, each of an account of its own, which has an authenticator more than it can do without. */
async function changes(
  chain: Devnet,
  kinds: readonly ChangeKind[],
  create: Create,
): Promise<readonly Operation[]> {
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
