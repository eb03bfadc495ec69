/** A program that embeds the gateway, with an ordering policy of its own. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { toGatewayConfig } from '../../src/config/gatewayConfig.ts'
import { readConnectedSettings } from '../../src/config/read.ts'
import { createLogger } from '../../src/gateway/log.ts'
import { type BatchContext, createGateway, fifoPolicy, type OrderingPolicy } from '../../src/index.ts'
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
  const environment = {
    RPC_URL: chain.rpcUrl,
    REGISTRY_ADDRESS: chain.registryAddress,
    WALLET_PRIVATE_KEY: chain.walletPrivateKey,
    DATA_DIR: folder.path,
    POLL_INTERVAL_MS: '50',
    CONFIRMATIONS: '0',
    BATCH_WINDOW_MS: '30000',
    MAX_BATCH_OPS: '3',
  }
  const config = toGatewayConfig(readConnectedSettings({ flags: {}, environment }))
  return createGateway(config, {
    logger: createLogger({ level: 'silent', format: 'json' }),
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
