/** The examples of embedding, each as a program of its own on a local chain. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startTestChain, type TestChain } from '../test/support/chain.ts'
import { runExample, startExample } from '../test/support/example.ts'
import { temporaryFolder } from '../test/support/service.ts'

let chain: TestChain
let folders: Awaited<ReturnType<typeof temporaryFolder>>[]

const newFolder = async () => {
  const folder = await temporaryFolder()
  folders.push(folder)
  return folder.path
}

beforeAll(async () => {
  folders = []
  chain = await startTestChain({ blockTimeSeconds: 0.2 })
})

afterAll(async () => {
  await chain.stop()
  await Promise.all(folders.map((folder) => folder.remove()))
})

it.each(['hono', 'express', 'fastify'])(
  '%s: the gateway answers under a path of another server',
  async (name) => {
    const example = await startExample(name, chain, await newFolder())
    expect(await (await fetch(example.url)).text()).toBe('my own service')
    await example.reaches(await example.create('/gateway'), 'finalized')
    const metrics = await (await fetch(`${example.url}/gateway/metrics`)).text()
    expect(metrics).toMatch(/ops_batcher_\w+/)
    expect((await fetch(`${example.url}/gateway/nothing`)).status).toBe(404)
    expect((await fetch(`${example.url}/livez`)).status).toBe(404)
    expect(await example.stop()).toBe(0)
  },
)

it('policy: a create waits for a lower base fee, also over a restart', async () => {
  const folder = await newFolder()
  const dear = await startExample('policy', chain, folder, { CREATES_UP_TO_GWEI: '0' })
  const { pathname } = new URL(await dear.create())
  const before = await chain.client.getBlockNumber({ cacheTime: 0 })
  await expect.poll(() => chain.client.getBlockNumber({ cacheTime: 0 })).toBeGreaterThan(before + 3n)
  await dear.reaches(`${dear.url}${pathname}`, 'queued')
  expect(await dear.stop()).toBe(0)
  const cheap = await startExample('policy', chain, folder, { CREATES_UP_TO_GWEI: '1000' })
  await cheap.reaches(`${cheap.url}${pathname}`, 'finalized')
  expect(await cheap.stop()).toBe(0)
})

it('signer: the transactions are signed by a key service', async () => {
  const example = await startExample('signer', chain, await newFolder(), { WALLET_PRIVATE_KEY: '' })
  await example.reaches(await example.create(), 'finalized')
  expect(await example.stop()).toBe(0)
})

it('client: an account is created, and its verdict awaited, through the typed client', async () => {
  const folder = await newFolder()
  const gateway = await startExample('hono', chain, folder)
  const environment = { GATEWAY_URL: `${gateway.url}/gateway`, AUTHENTICATOR: `0x${'c1'.repeat(20)}` }
  expect(await runExample('client', environment, folder)).toMatch(/^gw_\S+ finalized in 0x[0-9a-f]{64}\n$/)
  await expect(runExample('client', environment, folder)).rejects.toThrow('authenticator_already_exists')
  expect(await gateway.stop()).toBe(0)
})
