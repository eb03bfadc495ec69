/** Duplicates over HTTP: the answer names the operation in flight. With FUTURE_NONCES=refuse an account has one in flight. */
import { expect, it } from 'vitest'
import { createIdleAccount, type LiveAccount } from '../../src/load/account.ts'
import { seededRandom } from '../load/seededRandom.ts'
import { domainOf, nextChange, seedAccounts } from '../support/accounts.ts'
import { useScene } from './scene.ts'

const random = seededRandom(77)
const scene = useScene(random)
const CODE = 'duplicate_request_in_flight'

const duplicateOf = (id: string) => ({ status: 400, body: { code: CODE, message: CODE, request_id: id } })

async function seed(): Promise<LiveAccount> {
  const [account] = await seedAccounts(scene.chain, { count: 1, authenticators: 2, random })
  if (account === undefined) throw new Error('no account')
  return account
}

const insert = (account: LiveAccount) =>
  nextChange(account, 'insert_authenticator', { domain: domainOf(scene.chain), random })

it('a duplicate is told the request in flight, by nonce and by address, also after a restart', async () => {
  const account = await seed()
  await scene.start({ DRAIN_TIMEOUT_SECS: '1' })
  await scene.miner.pause()
  const create = createIdleAccount(random)
  const created = await scene.service.accept(create)
  await scene.service.reaches(created, 'submitted')
  // Nonce 0 is missing: the operation is stored, and waits.
  const { account: later } = insert(account)
  const waiting = await scene.service.accept(insert(later).operation)
  const expectNamed = async () => {
    const sameAddress = {
      ...createIdleAccount(random),
      authenticatorAddresses: create.authenticatorAddresses,
    }
    expect(await scene.service.submit(create)).toMatchObject(duplicateOf(created))
    expect(await scene.service.submit(sameAddress)).toMatchObject(duplicateOf(created))
    expect(await scene.service.submit(insert(later).operation)).toMatchObject(duplicateOf(waiting))
  }
  await expectNamed()
  expect((await scene.service.status(waiting)).status).toEqual({ state: 'queued' })

  await scene.service.stop()
  await scene.start()
  await expectNamed()
})

it('with FUTURE_NONCES=refuse a nonce is refused until the operation before it has its verdict', async () => {
  const account = await seed()
  await scene.start({ FUTURE_NONCES: 'refuse', FINALITY: 'depth:3' })
  const one = insert(account)
  const two = insert(one.account)
  const ahead = {
    status: 400,
    body: { code: 'mismatched_signature_nonce', message: 'mismatched_signature_nonce' },
  }
  await scene.miner.pause()
  expect(await scene.service.submit(two.operation)).toMatchObject(ahead)
  const id = await scene.service.accept(one.operation)
  await scene.service.reaches(id, 'submitted')
  expect(await scene.service.submit(two.operation)).toMatchObject(ahead)
  expect(await scene.service.submit(insert(account).operation)).toMatchObject(duplicateOf(id))

  await scene.mine()
  await scene.placed(id, true)
  expect(await scene.service.submit(two.operation)).toMatchObject(duplicateOf(id))
  scene.miner.resume()
  await scene.service.waitUntilTerminal(id)
  const next = await scene.service.accept(two.operation)
  expect((await scene.service.waitUntilTerminal(next)).status.state).toBe('finalized')
})
