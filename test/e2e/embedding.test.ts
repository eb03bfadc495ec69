/** A program that embeds the gateway, with an ordering policy of its own. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  type BatchContext,
  createGateway,
  fifoPolicy,
  type OrderingPolicy,
  openSqliteStore,
  type RequestStore,
} from '../../src/index.ts'
import { createIdleAccount } from '../../src/load/account.ts'
import { worldIdV1 } from '../../src/registry/worldId/worldId.ts'
import { seededRandom } from '../load/seededRandom.ts'
import { startTestChain, type TestChain } from '../support/chain.ts'
import { temporaryFolder } from '../support/service.ts'

const random = seededRandom(17)
let chain: TestChain
let folder: Awaited<ReturnType<typeof temporaryFolder>>

beforeAll(async () => {
  chain = await startTestChain()
  folder = await temporaryFolder()
})

afterAll(async () => {
  await chain.stop()
  await folder.remove()
})

/** Starts the gateway with a policy. A batch leaves as soon as three operations are ready, and not earlier. */
function embed(ordering: OrderingPolicy) {
  return createGateway({
    rpcUrl: chain.rpcUrl,
    registryAddress: chain.registryAddress,
    privateKey: chain.walletPrivateKey,
    dataDir: folder.path,
    pollIntervalMs: 50,
    confirmations: 0,
    batchWindowMs: 30_000,
    maxBatchOps: 3,
    logLevel: 'silent',
    registry: worldIdV1,
    ordering,
  })
}

it('decides the order of a batch, and sees its context', async () => {
  const seen: BatchContext[] = []
  const newestFirst: OrderingPolicy = {
    name: 'newest first',
    compare: (a, b) => fifoPolicy.compare(b, a),
    filter(_, context) {
      seen.push({ ...context, selectedGas: { ...context.selectedGas } })
      return true
    },
  }
  const gateway = await embed(newestFirst)
  const batch = new Promise<readonly string[]>((resolve) => {
    gateway.on((event) => {
      if (event.type === 'batch.spawned') resolve(event.operations)
    })
  })
  const ids: string[] = []
  for (let count = 0; count < 3; count += 1) {
    const { id } = await gateway.submit(createIdleAccount(random))
    ids.push(id)
  }
  expect(await batch).toEqual(ids.toReversed())
  await gateway.stop()
  expect(seen.slice(0, 3)).toMatchObject(
    [0, 1, 2].map(() => ({ pendingCount: 3, targetGas: expect.any(Number) })),
  )
  expect(seen[0]?.selectedGas).toEqual({})
  expect(seen[2]?.selectedGas['create_account']).toBeLessThan(seen[2]?.pendingGas['create_account'] ?? 0)
})

it('keeps its operations in the store of the program, and shows its app, metrics and inspection', async () => {
  const store = await openSqliteStore(':memory:')
  const inspected = new Set<string>()
  let isClosed = false
  const watched: RequestStore = {
    ...store,
    async close() {
      isClosed = true
      await store.close()
    },
  }
  const gateway = await createGateway({
    rpcUrl: chain.rpcUrl,
    registryAddress: chain.registryAddress,
    privateKey: chain.walletPrivateKey,
    pollIntervalMs: 50,
    confirmations: 0,
    logLevel: 'silent',
    store: watched,
    inspect: ({ type }) => inspected.add(type),
  })
  const { id } = await gateway.submit(createIdleAccount(random))
  expect(await store.status(id)).not.toBeNull()
  expect(inspected).toContain('@xstate.snapshot')
  const get = (path: string) => gateway.app.request(`http://localhost${path}`)
  expect(await (await get(`/status/${id}`)).json()).toMatchObject({ request_id: `gw_${id}` })
  expect((await get('/inspector/charts')).status).toBe(200)
  expect(await (await get('/metrics')).text()).toContain('ops_batcher_')
  expect(await gateway.metrics.metrics()).toContain('ops_batcher_')
  await gateway.stop()
  expect(isClosed).toBe(true)
})
