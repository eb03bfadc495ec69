/** A wallet whose key is in AWS KMS, and whose signatures take longer than blocks. */
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { seededRandom } from '../load/seededRandom.ts'
import { eventually } from '../support/eventually.ts'
import { type KmsServer, startKmsServer } from '../support/kmsServer.ts'
import { useScene } from './scene.ts'

const scene = useScene(seededRandom(4711))
let kms: KmsServer

beforeAll(async () => {
  kms = await startKmsServer(scene.chain.walletPrivateKey)
  for (const [name, value] of Object.entries(kms.environment)) vi.stubEnv(name, value)
})

afterAll(async () => {
  vi.unstubAllEnvs()
  await kms.close()
})

const blockNumber = () => scene.chain.client.getBlockNumber({ cacheTime: 0 })

/** Waits until two blocks are mined. */
async function twoBlocks(): Promise<void> {
  const before = await blockNumber()
  await eventually('two blocks', blockNumber, (number) => number >= before + 2n)
}

it('gives one nonce at a time, and every operation lands once, when each signature takes two blocks', async () => {
  kms.hold(twoBlocks)
  await scene.start({
    WALLET_PRIVATE_KEY: '',
    AWS_KMS_KEY_ID: 'alias/wallet',
    MAX_BATCH_OPS: '1',
    RESUBMIT_TIMEOUT_MS: '60000',
  })
  const items = await Promise.all([1, 2, 3, 4].map(() => scene.accepted()))
  for (const item of items) await scene.expectLandedOnce(item)
  expect(kms.mostUnanswered).toBe(1)
  expect(kms.calls.filter((call) => call === 'Sign').length).toBeGreaterThanOrEqual(items.length)
})
