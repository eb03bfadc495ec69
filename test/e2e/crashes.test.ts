/**
 * Actors crash of a defect while the service is busy. The service restarts the actors without a restart of the process.
 * Every acknowledged operation is included once, and a refused operation was not stored.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createIdleAccount, type LiveAccount } from '../../src/load/account.ts'
import type { WorldIdOperation } from '../../src/registry/worldId/operations.ts'
import { seededRandom } from '../load/seededRandom.ts'
import { changes, domainOf, seedAccounts } from '../support/accounts.ts'
import { startTestChain, type TestChain } from '../support/chain.ts'
import { eventually } from '../support/eventually.ts'
import { readLedger, upTo } from '../support/ledger.ts'
import { type Miner, startMiner } from '../support/miner.ts'
import { type PoisonedClock, poisonedClock } from '../support/poison.ts'
import { startTestService, type TestService, temporaryFolder } from '../support/service.ts'

const random = seededRandom(11)
/** Number of accounts with operations at the same time, in nonce order for each account. */
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
  readonly operation: WorldIdOperation
}

/** Sends operations as users do: each lane in order, and again later after a 503. */
class Traffic {
  readonly acknowledged: Acknowledged[] = []
  /** Number of 503 answers. */
  readonly postponed: unknown[] = []
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
    // The test reports errors at its end.
    this.#lanes.catch(() => {})
  }

  /** @returns all acknowledged operations. @throws Error for an unexpected answer */
  async end(): Promise<readonly Acknowledged[]> {
    this.#isOver = true
    await this.#lanes
    return this.acknowledged
  }

  async #send(operation: WorldIdOperation): Promise<void> {
    for (;;) {
      const answer = await service.submit(operation).catch(() => null)
      if (answer === null) {
        // No service listens at the moment.
        await delay(50)
        continue
      }
      const { status, body, headers } = answer
      if (status === 200) {
        this.acknowledged.push({ id: (body as { request_id: string }).request_id, operation })
        return
      }
      // A refusal as a duplicate would prove that a refused operation was stored.
      expect(body).toMatchObject({ code: 'batcher_unavailable' })
      expect(Number(headers.get('Retry-After'))).toBeGreaterThan(0)
      this.postponed.push(body)
      await delay(50)
    }
  }
}

/** Crashes the actor whose code is in a file, and waits until the service is healthy again. */
async function crash(file: string): Promise<void> {
  const { supervision } = await service.health()
  clock.poison({ file })
  await eventually(
    `a crash in ${file}, and a healthy service after it`,
    service.health,
    (health) => health.supervision.restarts > supervision.restarts && health.success,
  )
}

async function expectAllFinalized(acknowledged: readonly Acknowledged[]): Promise<void> {
  for (const { id } of acknowledged)
    expect((await service.waitUntilTerminal(id)).status.state).toBe('finalized')
  const ledger = await readLedger(chain)
  for (const { operation } of acknowledged) expect(ledger.landings(operation)).toHaveLength(1)
  expect(ledger.walletNonces).toEqual(upTo(ledger.walletNonces.length))
  expect(await service.wallet()).toMatchObject({ in_flight: [], next_nonce: ledger.walletNonces.length })
  expect(await service.health()).toMatchObject({ batcher: { ready: 0, waiting: 0, batches: 0 } })
}

describe('a crash in the middle of traffic', () => {
  it.each([
    ['wallet', 'wallet/setup.ts'],
    ['opsBatcher', 'opsBatcher/setup.ts'],
    ['opsBatcher', 'pendingBatch/setup.ts'],
    ['nonceTracker', 'nonceTracker/setup.ts'],
    ['ticker', 'root/ticker.ts'],
  ])('of the %s (in %s) loses no operation', async (actor, file) => {
    const traffic = new Traffic()
    await eventually(
      'the first acknowledged operations',
      async () => traffic.acknowledged.length,
      (count) => count >= 2 * LANES,
    )
    await crash(file)
    const before = traffic.acknowledged.length
    await eventually(
      'more acknowledged operations',
      async () => traffic.acknowledged.length,
      (count) => count >= before + LANES,
    )
    const acknowledged = await traffic.end()
    await expectAllFinalized(acknowledged)
    const health = await service.health()
    expect(health.supervision).toMatchObject({
      restarts: 1,
      last_crash: { actor, message: expect.stringContaining(`poison for ${file}`) },
    })
    const { body } = await service.get('/metrics')
    expect(body).toContain(`ops_batcher_actor_restarts_total{actor="${actor}"} 1`)
    if (actor !== 'ticker') expect(traffic.postponed).not.toEqual([])
  })

  it('may be followed by a second crash before the first restart is complete', async () => {
    const traffic = new Traffic()
    await eventually(
      'the first acknowledged operations',
      async () => traffic.acknowledged.length,
      (count) => count >= LANES,
    )
    await clock.poison({ file: 'wallet/setup.ts' })
    await clock.poison({ file: 'nonceTracker/setup.ts' })
    await eventually('a healthy service', service.health, ({ success }) => success)
    await expectAllFinalized(await traffic.end())
    expect((await service.health()).supervision.restarts).toBe(2)
  })
})

describe('a service that restarts its actors', () => {
  it('reports the crash and answers reads', async () => {
    const id = await service.accept(createIdleAccount(random))
    await service.reaches(id, 'batching', 'submitted', 'finalized')
    await clock.poison({ file: 'root/ticker.ts' })
    await clock.poison({ file: 'wallet/setup.ts', message: `it was ${chain.walletPrivateKey}` })
    const isRestarting = ({ state }: { state: string }) => state === 'Restarting'
    expect(await eventually('the restart', service.health, isRestarting)).toMatchObject({
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

  it('can be stopped, and the next start resumes all work', async () => {
    const traffic = new Traffic()
    await eventually(
      'the first acknowledged operations',
      async () => traffic.acknowledged.length,
      (count) => count >= 2 * LANES,
    )
    await clock.poison({ file: 'wallet/setup.ts' })
    await eventually('the restart', service.health, ({ state }) => state === 'Restarting')
    const stopped = service.stop()
    await stopped
    service = await start()
    await expectAllFinalized(await traffic.end())
    expect((await service.health()).supervision).toEqual({ restarts: 0, last_crash: null })
  })
})
