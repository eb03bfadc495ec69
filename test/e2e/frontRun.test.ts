/**
 * Anyone can send a signed operation. The verdict follows from the chain, also when a foreign transaction executed the
 * operation.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createIdleAccount, type LiveAccount } from '../../src/load/account.ts'
import type { WorldIdOperation } from '../../src/registry/worldId/operations.ts'
import { seededRandom } from '../load/seededRandom.ts'
import {
  callDataOf,
  domainOf,
  mined,
  nextChange,
  seedAccounts,
  sendAsStranger,
  signedBy,
} from '../support/accounts.ts'
import { reorganise, startTestChain, type TestChain } from '../support/chain.ts'
import type { OperationDetail } from '../support/client.ts'
import { eventually } from '../support/eventually.ts'
import { readLedger } from '../support/ledger.ts'
import { type Miner, startMiner } from '../support/miner.ts'
import { startTestService, type TestService, temporaryFolder } from '../support/service.ts'

const random = seededRandom(7)

let chain: TestChain
let miner: Miner
let folder: Awaited<ReturnType<typeof temporaryFolder>>
let service: TestService
let account: LiveAccount

beforeAll(async () => {
  chain = await startTestChain()
  miner = await startMiner(chain)
  folder = await temporaryFolder()
  service = await startTestService({ chain, dataDir: folder.path })
})

afterAll(async () => {
  miner.resume()
  await service.stop()
  await miner.pause()
  await chain.stop()
  await folder.remove()
})

beforeEach(async () => {
  miner.resume()
  const [seeded] = await seedAccounts(chain, { count: 1, authenticators: 1, random })
  if (seeded === undefined) throw new Error('no account')
  account = seeded
})

const insertOf = (state: LiveAccount) =>
  nextChange(state, 'insert_authenticator', { domain: domainOf(chain), random })

const owner = () => account.authenticators[0].key

describe('front running: an operation in a submitted batch', () => {
  it('is finalized with the hash of a foreign transaction that executed the operation first', async () => {
    const { operation } = insertOf(account)
    await miner.pause()
    const id = await service.accept(operation)
    await service.reaches(id, 'submitted')
    const theirs = await sendAsStranger(chain, callDataOf(operation), { tip: 50n })
    miner.resume()
    expect((await service.waitUntilTerminal(id)).status).toEqual({ state: 'finalized', tx_hash: theirs })
    expect((await service.waitUntilTerminal(id)).outcome).toMatchObject({ gas_used: 0 })
  })

  it('does not block the next nonce of its account when executed by a foreign transaction', async () => {
    const first = insertOf(account)
    const second = insertOf(first.account)
    await miner.pause()
    const ids = [await service.accept(first.operation)]
    await service.reaches(ids[0] ?? '', 'submitted')
    ids.push(await service.accept(second.operation))
    await sendAsStranger(chain, callDataOf(first.operation), { tip: 50n })
    miner.resume()
    for (const id of ids) expect((await service.waitUntilTerminal(id)).status.state).toBe('finalized')
  })

  it('fails when a rival consumes its nonce, although the chain has a log of an equal earlier operation', async () => {
    const domain = domainOf(chain)
    const there = insertOf(account)
    const back = nextChange(there.account, 'remove_authenticator', { domain, random })
    const removal = signedBy(owner(), back.operation, domain, {
      authenticatorAddress: there.operation.newAuthenticatorAddress,
      authenticatorPubkey: there.operation.newAuthenticatorPubkey,
      pubkeyId: there.operation.pubkeyId,
      newOffchainSignerCommitment: account.commitment,
    })
    for (const operation of [there.operation, removal]) {
      await mined(chain, await sendAsStranger(chain, callDataOf(operation)))
    }
    const again = signedBy(owner(), there.operation, domain, { nonce: '0x2' })
    const rival = signedBy(owner(), insertOf(account).operation, domain, { nonce: '0x2', pubkeyId: 5 })

    await miner.pause()
    const id = await service.accept(again)
    await service.reaches(id, 'submitted')
    await sendAsStranger(chain, callDataOf(rival), { tip: 50n })
    miner.resume()
    const { status } = await service.waitUntilTerminal(id)
    expect(status).toMatchObject({ state: 'failed', error_code: 'mismatched_signature_nonce' })
    // The chain has a log of the earlier operation.
    expect((await readLedger(chain)).landings(again)).toHaveLength(1)
  })
})

describe('front running: a queued operation', () => {
  /** Starts a collecting service, without batches, and submits an operation. */
  async function collect(operation: WorldIdOperation, dataDir: string) {
    const settings = { BATCH_WINDOW_MS: '60000', BATCH_MAX_WAIT_SECS: '600' }
    const collecting = await startTestService({ chain, dataDir, settings })
    const id = await collecting.accept(operation)
    await collecting.stop()
    return id
  }

  it.each([
    ['an insert', () => insertOf(account).operation],
    ['a create', () => createIdleAccount(random)],
  ])(
    '%s: landed by somebody else meanwhile, it is finalized when that is deep enough, and not before',
    async (name, make) => {
      const operation = make()
      const dataDir = `${folder.path}/${name}`
      const id = await collect(operation, dataDir)
      await miner.pause()
      const theirs = await sendAsStranger(chain, callDataOf(operation))
      await chain.client.mine({ blocks: 1 })
      const later = await startTestService({ chain, dataDir, settings: { CONFIRMATIONS: '4' } })
      try {
        const isPutOff = ({ outcome }: OperationDetail) => outcome?.type === 'Evicted'
        const waiting = await eventually('the eviction', () => later.operation(id), isPutOff)
        expect(waiting.outcome).toMatchObject({ reason: 'Timeout' })
        expect(waiting.tries).toBe(0)
        miner.resume()
        const { status, outcome } = await later.waitUntilTerminal(id)
        expect(status).toEqual({ state: 'finalized', tx_hash: theirs })
        expect(outcome).toMatchObject({ type: 'Finalized', gas_used: 0 })
      } finally {
        miner.resume()
        await later.stop()
      }
    },
  )

  it('is revived when a reorg orphans the foreign transaction of its verdict', async () => {
    const operation = createIdleAccount(random)
    const dataDir = `${folder.path}/taken-back`
    const id = await collect(operation, dataDir)
    const theirs = await sendAsStranger(chain, callDataOf(operation))
    const { blockNumber } = await mined(chain, theirs)
    const later = await startTestService({ chain, dataDir, settings: { CONFIRMATIONS: '1' } })
    try {
      expect((await later.waitUntilTerminal(id)).status).toEqual({ state: 'finalized', tx_hash: theirs })
      await miner.pause()
      const head = Number(await chain.client.getBlockNumber())
      await reorganise(chain, head - Number(blockNumber) + 1)
      await chain.client.dropTransaction({ hash: theirs }).catch(() => null)
      await later.reaches(id, 'queued', 'batching', 'submitted')
      miner.resume()
      const { status, attempts } = await later.waitUntilTerminal(id)
      expect(status).toEqual({ state: 'finalized', tx_hash: attempts[0]?.tx_hash })
      expect((await readLedger(chain)).landings(operation)).toHaveLength(1)
      const metrics = String((await later.get('/metrics')).body)
      expect(metrics).toContain('\nops_batcher_ops_revived_total 1\n')
    } finally {
      miner.resume()
      await later.stop()
    }
  })

  it('that was executed while the gateway was down is finalized at the next start', async () => {
    const { operation } = insertOf(account)
    const dataDir = `${folder.path}/down`
    const id = await collect(operation, dataDir)
    const theirs = await sendAsStranger(chain, callDataOf(operation))
    await mined(chain, theirs)
    await chain.client.mine({ blocks: 100 })
    const later = await startTestService({ chain, dataDir })
    try {
      expect((await later.waitUntilTerminal(id)).status).toEqual({ state: 'finalized', tx_hash: theirs })
    } finally {
      await later.stop()
    }
  })
})
