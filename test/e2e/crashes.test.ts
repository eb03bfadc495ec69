/**
 * Actors that die of a defect while the service is busy: it goes on by itself, in the same process. Everything that was
 * acknowledged lands, once, and what was refused was not stored.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Operation } from '../../src/domain/operation.ts'
import { createIdleAccount, type LiveAccount } from '../../src/load/account.ts'
import { seededRandom } from '../load/seededRandom.ts'
import { changes, domainOf, seedAccounts } from '../support/accounts.ts'
import { startTestChain, type TestChain } from '../support/chain.ts'
import { eventually } from '../support/eventually.ts'
import { readLedger, upTo } from '../support/ledger.ts'
import { type Miner, startMiner } from '../support/miner.ts'
import { type PoisonedClock, poisonedClock } from '../support/poison.ts'
import { startTestService, type TestService, temporaryFolder } from '../support/service.ts'

const random = seededRandom(11)
/** Accounts that act at the same time, each on one operation after the other. */
const LANES = 4

let chain: TestChain
let miner: Miner
let seeds: LiveAccount[]
let folder: Awaited<ReturnType<typeof temporaryFolder>>
let clock: PoisonedClock
let service: TestService

beforeAll(async () => {
  chain = await startTestChain()
  seeds = [...(await seedAccounts(chain, { count: 10 * LANES, authenticators: 1, random }))]
  miner = await startMiner(chain)
})

afterAll(async () => {
  await miner.pause()
  await chain.stop()
})

beforeEach(async () => {
  folder = await temporaryFolder()
  clock = poisonedClock()
  service = await start()
})

afterEach(async () => {
  await service.stop()
  await folder.remove()
})

function start(): Promise<TestService> {
  return startTestService({ chain, dataDir: folder.path, now: clock.now })
}

interface Acknowledged {
  readonly id: string
  readonly operation: Operation
}

/** Sends operations as users do, each lane's in order: who is told to come back later does. */
class Traffic {
  readonly taken: Acknowledged[] = []
  /** Answers that told to come back later. */
  readonly putOff: unknown[] = []
  #isOver = false
  readonly #lanes: Promise<unknown>

  constructor() {
    const signing = { domain: domainOf(chain), random }
    const kinds = ['insert_authenticator', 'update_authenticator', 'remove_authenticator'] as const
    const lanes = seeds.splice(0, LANES).map(async (account) => {
      for (const change of changes(account, kinds, signing)) {
        await this.#send(change)
        await this.#send(createIdleAccount(random))
      }
      while (!this.#isOver) await this.#send(createIdleAccount(random))
    })
    this.#lanes = Promise.all(lanes)
    // What goes wrong is told at the end.
    this.#lanes.catch(() => {})
  }

  /** @returns everything that was acknowledged. @throws when an answer was not as it should be */
  async end(): Promise<readonly Acknowledged[]> {
    this.#isOver = true
    await this.#lanes
    return this.taken
  }

  async #send(operation: Operation): Promise<void> {
    for (;;) {
      const answer = await service.submit(operation).catch(() => null)
      if (answer === null) {
        // Between two services.
        await delay(50)
        continue
      }
      const { status, body, headers } = answer
      if (status === 200) {
        this.taken.push({ id: (body as { request_id: string }).request_id, operation })
        return
      }
      // Any other refusal would say that what was refused before had been stored all the same.
      expect(body).toMatchObject({ code: 'batcher_unavailable' })
      expect(Number(headers.get('Retry-After'))).toBeGreaterThan(0)
      this.putOff.push(body)
      await delay(50)
    }
  }
}

/** Kills the actor whose code is in a file, and waits until the service is well again. */
async function kill(file: string): Promise<void> {
  const { supervision } = await service.health()
  clock.poison({ file })
  await eventually(
    `${file} to die, and all to be well again`,
    service.health,
    (health) => health.supervision.restarts > supervision.restarts && health.success,
  )
}

async function expectAllLanded(taken: readonly Acknowledged[]): Promise<void> {
  for (const { id } of taken) expect((await service.waitUntilTerminal(id)).status.state).toBe('finalized')
  const ledger = await readLedger(chain)
  for (const { operation } of taken) expect(ledger.landings(operation)).toHaveLength(1)
  expect(ledger.walletNonces).toEqual(upTo(ledger.walletNonces.length))
  expect(await service.wallet()).toMatchObject({ in_flight: [], next_nonce: ledger.walletNonces.length })
  expect(await service.health()).toMatchObject({ batcher: { ready: 0, waiting: 0, batches: 0 } })
}

describe('in the middle of traffic', () => {
  it.each([
    ['wallet', 'wallet/setup.ts'],
    ['opsBatcher', 'opsBatcher/setup.ts'],
    ['opsBatcher', 'pendingBatch/setup.ts'],
    ['nonceTracker', 'nonceTracker/setup.ts'],
    ['ticker', 'root/ticker.ts'],
  ])('the %s dies (in %s), and every operation lands', async (actor, file) => {
    const traffic = new Traffic()
    await eventually(
      'some to be taken',
      async () => traffic.taken.length,
      (count) => count >= 2 * LANES,
    )
    await kill(file)
    const before = traffic.taken.length
    await eventually(
      'more to be taken',
      async () => traffic.taken.length,
      (count) => count >= before + LANES,
    )
    const taken = await traffic.end()
    await expectAllLanded(taken)
    const health = await service.health()
    expect(health.supervision).toMatchObject({
      restarts: 1,
      last_crash: { actor, message: expect.stringContaining(`poison for ${file}`) },
    })
    const { body } = await service.get('/metrics')
    expect(body).toContain(`ops_batcher_actor_restarts_total{actor="${actor}"} 1`)
    if (actor !== 'ticker') expect(traffic.putOff).not.toEqual([])
  })

  it('one dies after the other, the second before the first is well again', async () => {
    const traffic = new Traffic()
    await eventually(
      'some to be taken',
      async () => traffic.taken.length,
      (count) => count >= LANES,
    )
    await clock.poison({ file: 'wallet/setup.ts' })
    await clock.poison({ file: 'nonceTracker/setup.ts' })
    await eventually('all to be well again', service.health, ({ success }) => success)
    await expectAllLanded(await traffic.end())
    expect((await service.health()).supervision.restarts).toBe(2)
  })
})

describe('while it restarts', () => {
  it('says so, and answers what it can', async () => {
    const id = await service.accept(createIdleAccount(random))
    await service.reaches(id, 'batching', 'submitted', 'finalized')
    await clock.poison({ file: 'root/ticker.ts' })
    await clock.poison({ file: 'wallet/setup.ts', message: `it was ${chain.walletPrivateKey}` })
    const isDead = ({ state }: { state: string }) => state === 'Restarting'
    expect(await eventually('the restart', service.health, isDead)).toMatchObject({
      success: false,
      supervision: {
        restarts: 2,
        last_crash: { actor: 'wallet', message: expect.stringContaining('it was') },
      },
    })
    expect(JSON.stringify(await service.health())).not.toContain(chain.walletPrivateKey.slice(2))
    expect((await service.get('/health')).status).toBe(503)
    expect((await service.get('/metrics')).status).toBe(200)
    expect((await service.get('/chain')).status).toBe(200)
    expect((await service.status(id)).request_id).toBe(id)
    expect((await service.batches()).length).toBeGreaterThan(0)
    const answer = await service.submit(createIdleAccount(random))
    expect(answer).toMatchObject({ status: 503, body: { code: 'batcher_unavailable' } })
    expect(Number(answer.headers.get('Retry-After'))).toBeGreaterThan(0)
    expect((await service.waitUntilTerminal(id)).status.state).toBe('finalized')
  })

  it('it can be stopped, and the next start goes on with everything', async () => {
    const traffic = new Traffic()
    await eventually(
      'some to be taken',
      async () => traffic.taken.length,
      (count) => count >= 2 * LANES,
    )
    await clock.poison({ file: 'wallet/setup.ts' })
    await eventually('the restart', service.health, ({ state }) => state === 'Restarting')
    const stopped = service.stop()
    await stopped
    service = await start()
    await expectAllLanded(await traffic.end())
    expect((await service.health()).supervision).toEqual({ restarts: 0, last_crash: null })
  })
})
