/** The work that is measured: sound operations that nobody has sent yet. */
import { registryDomain } from '../src/contracts/eip712.ts'
import type { Devnet } from '../src/devnet/devnet.ts'
import type { Operation } from '../src/domain/operation.ts'
import { changeAccount, createAccount, createIdleAccount, type LiveAccount } from '../src/load/account.ts'
import { createLeafReader } from '../src/load/leaves.ts'
import { secureRandom } from '../src/load/random.ts'
import { mapLimited } from './mapLimited.ts'

export function creates(count: number): readonly Operation[] {
  return Array.from({ length: count }, () => createIdleAccount(secureRandom))
}

/**
 * Inserts of an authenticator, each into an account of its own.
 * @param create lands the accounts, in whatever way
 * @throws Error when an account is not there in the end
 */
export async function inserts(
  chain: Devnet,
  count: number,
  create: (operations: readonly Operation[]) => Promise<unknown>,
): Promise<readonly Operation[]> {
  const created = Array.from({ length: count }, () => createAccount(1, secureRandom))
  await create(created.map(({ operation }) => operation))
  const domain = registryDomain(chain.chainId, chain.registryAddress)
  const leaves = createLeafReader(chain.rpcUrl, chain.registryAddress)
  return mapLimited(created, count, async ({ account }) => {
    const leafIndex = await leaves.leafOf(account.authenticators[0].key.address)
    if (leafIndex === null) throw new Error('an account was not created')
    const live: LiveAccount = { ...account, leafIndex }
    return changeAccount(live, 'insert_authenticator', { domain, random: secureRandom }).operation
  })
}
