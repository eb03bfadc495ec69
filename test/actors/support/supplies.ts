/** Fresh accounts and signed operations for the tests of one file. */

import { createIdleAccount, type LiveAccount } from '../../../src/load/account.ts'
import type { WorldIdOperation } from '../../../src/registry/worldId/operations.ts'
import { nextChange, seedAccounts } from '../../support/accounts.ts'
import type { Workshop } from './workshop.ts'

export interface Supplies {
  /** @throws RangeError when every seeded account is used */
  nextAccount(): LiveAccount
  creates(count: number): WorldIdOperation[]
  /** An insertion and the account after the insertion; for a fresh account by default. */
  insert(account?: LiveAccount): ReturnType<typeof nextChange<'insert_authenticator'>>
  inserts(count: number): WorldIdOperation[]
}

/** @param count number of accounts to seed on the chain, with two authenticators each */
export async function supplyOperations(workshop: Workshop, count: number): Promise<Supplies> {
  const { chain, random, signing } = workshop
  const accounts = [...(await seedAccounts(chain, { count, authenticators: 2, random }))]
  const nextAccount = () => {
    const account = accounts.pop()
    if (account === undefined) throw new RangeError('more accounts are needed')
    return account
  }
  const insert = (account = nextAccount()) => nextChange(account, 'insert_authenticator', signing)
  return {
    nextAccount,
    creates: (length) => Array.from({ length }, () => createIdleAccount(random)),
    insert,
    inserts: (length) => Array.from({ length }, () => insert().operation),
  }
}
