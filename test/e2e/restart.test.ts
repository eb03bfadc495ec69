/**
 * Stops and crashes of the process: every acknowledged operation is finalized exactly once, and the nonces of the
 * wallet have no gap. The service runs in a separate process. The tests kill the process at chosen moments.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { LiveAccount } from '../../src/load/account.ts'
import { createIdleAccount } from '../../src/load/account.ts'
import type { WorldIdOperation } from '../../src/registry/worldId/operations.ts'
import { StoreIdentityError } from '../../src/store/port.ts'
import { seededRandom } from '../load/seededRandom.ts'
import { changes, domainOf, seedAccounts } from '../support/accounts.ts'
import { startTestChain, type TestChain } from '../support/chain.ts'
import type { ServiceClient } from '../support/client.ts'
import { eventually } from '../support/eventually.ts'
import { readLedger, upTo } from '../support/ledger.ts'
import { type Miner, startMiner } from '../support/miner.ts'
import { type RpcProxy, startRpcProxy } from '../support/rpcProxy.ts'
import {
  type ServiceOptions,
  type SpawnedService,
  spawnTestService,
  startTestService,
  temporaryFolder,
} from '../support/service.ts'

const random = seededRandom(5)
/** Batch window of a collecting service, without batches. */
const COLLECTING = { BATCH_WINDOW_MS: '60000', BATCH_MAX_WAIT_SECS: '600' }

let chain: TestChain
let miner: Miner
let proxy: RpcProxy
let folder: Awaited<ReturnType<typeof temporaryFolder>>
let seeds: LiveAccount[]

beforeAll(async () => {
  chain = await startTestChain()
  seeds = [...(await seedAccounts(chain, { count: 10, authenticators: 1, random }))]
  miner = await startMiner(chain)
  proxy = await startRpcProxy(chain.rpcUrl)
})

afterAll(async () => {
  await miner.pause()
  await proxy.close()
  await chain.stop()
})

beforeEach(async () => {
  folder = await temporaryFolder()
})

afterEach(async () => {
  miner.resume()
  await folder.remove()
})

function options(settings: NodeJS.Dict<string> = {}): ServiceOptions {
  return { chain: { ...chain, rpcUrl: proxy.url }, dataDir: folder.path, settings }
}

/** Two creates, and two successive operations of an account. */
function someOperations(): readonly WorldIdOperation[] {
  const account = seeds.pop()
  if (account === undefined) throw new RangeError('more accounts are needed')
  const lane = changes(account, ['insert_authenticator', 'recover_account'], {
    domain: domainOf(chain),
    random,
  })
  return [createIdleAccount(random), ...lane, createIdleAccount(random)]
}

interface Acknowledged {
  readonly id: string
  readonly operation: WorldIdOperation
}

/** Sends operations in sequence, and expects an acknowledgement for each. */
async function acknowledge(
  service: ServiceClient,
  operations = someOperations(),
): Promise<readonly Acknowledged[]> {
  const taken: Acknowledged[] = []
  for (const operation of operations) taken.push({ id: await service.accept(operation), operation })
  return taken
}

/**
 * Restarts the service in the test's process, and checks that each operation is finalized once, without a gap in the
 * nonces.
 */
async function expectAllLand(taken: readonly Acknowledged[]): Promise<void> {
  const service = await startTestService(options())
  try {
    miner.resume()
    for (const { id } of taken) {
      expect((await service.waitUntilTerminal(id)).status.state).toBe('finalized')
    }
    const ledger = await readLedger(chain)
    for (const { id, operation } of taken) {
      const [landing, ...others] = ledger.landings(operation)
      expect(others).toEqual([])
      expect(await service.status(id)).toMatchObject({ status: { tx_hash: landing?.txHash } })
    }
    expect(ledger.walletNonces).toEqual(upTo(ledger.walletNonces.length))
    expect(await service.wallet()).toMatchObject({ in_flight: [], next_nonce: ledger.walletNonces.length })
    expect(await service.health()).toMatchObject({
      success: true,
      batcher: { ready: 0, waiting: 0, batches: 0 },
    })
  } finally {
    await service.stop()
  }
}

async function allAre(service: ServiceClient, taken: readonly Acknowledged[], state: string): Promise<void> {
  const states = async () => {
    const statuses = await Promise.all(taken.map(({ id }) => service.status(id)))
    return statuses.map(({ status }) => status.state)
  }
  await eventually(`all to be ${state}`, states, (found) => found.every((each) => each === state))
}

describe('a stop', () => {
  it('leaves the queue on disk, and the next start resumes the queue', async () => {
    const service = await spawnTestService(options(COLLECTING))
    const taken = await acknowledge(service)
    await allAre(service, taken, 'queued')
    expect(await service.stop()).toBe(0)
    await expectAllLand(taken)
  })

  it('waits for batches in flight, and refuses operations meanwhile', async () => {
    await miner.pause()
    const service = await startTestService(options({ DRAIN_TIMEOUT_SECS: '60' }))
    const [first, ...rest] = someOperations()
    const riding = await acknowledge(service, first === undefined ? [] : [first])
    await allAre(service, riding, 'submitted')
    const stopped = service.stop()
    const isDraining = ({ state }: { state: string }) => state === 'Draining'
    expect(await eventually('the drain', service.health, isDraining)).toMatchObject({ success: false })
    for (const operation of rest) {
      expect(await service.submit(operation)).toMatchObject({
        status: 503,
        body: { code: 'batcher_unavailable' },
      })
    }
    miner.resume()
    await stopped
    const ledger = await readLedger(chain)
    expect(riding.map(({ operation }) => ledger.landings(operation).length)).toEqual([1])
    await expectAllLand(riding)
  })
})

/** A moment of a crash. */
interface Crash {
  readonly settings?: NodeJS.Dict<string>
  /** The call to the chain that the proxy holds until the process has crashed. */
  readonly hold?: { readonly method: string; readonly point: 'request' | 'answer' }
  /** Waits for the moment, if no held call defines the moment. */
  readonly comes?: (service: SpawnedService, taken: readonly Acknowledged[]) => Promise<unknown>
  /** True to mine blocks meanwhile. */
  readonly isMining?: true
}

const CRASHES: Readonly<Record<string, Crash>> = {
  'all are queued': {
    settings: COLLECTING,
    comes: (service, taken) => allAre(service, taken, 'queued'),
  },
  'a batch is planned, and its transaction not signed': {
    hold: { method: 'eth_feeHistory', point: 'request' },
  },
  'the transaction is signed, and no node has seen it': {
    hold: { method: 'eth_sendRawTransaction', point: 'request' },
  },
  'the transaction is in the pool, and nobody was told': {
    hold: { method: 'eth_sendRawTransaction', point: 'answer' },
  },
  'the transaction is in the pool, and blocks stand still': {
    comes: (service, [first]) => service.reaches(first?.id ?? '', 'submitted'),
  },
  'the transaction is in a block, and nobody has looked': {
    hold: { method: 'eth_getTransactionReceipt', point: 'request' },
    isMining: true,
  },
}

describe('a crash', () => {
  it.each(Object.entries(CRASHES))('when %s', async (_, { settings, hold, comes, isMining = false }) => {
    if (!isMining) await miner.pause()
    const barrier = hold === undefined ? null : proxy.hold(hold.method, hold.point)
    const service = await spawnTestService(options(settings))
    const taken = await acknowledge(service)
    await (comes === undefined ? barrier?.reached : comes(service, taken))
    await service.kill()
    barrier?.release()
    await expectAllLand(taken)
  })

  it('again and again, while operations arrive', async () => {
    const taken: Acknowledged[] = []
    for (const _ of upTo(2)) {
      const service = await spawnTestService(options())
      taken.push(...(await acknowledge(service)))
      await service.kill()
    }
    await expectAllLand(taken)
  })
})

describe('a database', () => {
  it('of a different chain with an equal id is refused', async () => {
    const service = await startTestService(options())
    await service.stop()
    const other = await startTestChain()
    try {
      const attempt = startTestService({ chain: other, dataDir: folder.path })
      await expect(attempt).rejects.toThrow(StoreIdentityError)
      await expect(attempt).rejects.toThrow(
        /^the database belongs to registry 0x.* on chain 31337 with genesis 0x/,
      )
    } finally {
      await other.stop()
    }
  })

  it('can be open in a single service at a time', async () => {
    const service = await startTestService(options())
    await expect(startTestService(options())).rejects.toMatchObject({ failure: 'locked' })
    // The service may not have observed the first block yet.
    await eventually('the service to be well', service.health, ({ success }) => success)
    await service.stop()
  })
})
