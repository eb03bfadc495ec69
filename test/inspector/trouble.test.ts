/** The overview in trouble, in a real browser: each cause is real, and the page says what is wrong and why. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { domainOf, nextChange, signedBy } from '../support/accounts.ts'
import { forMethod } from '../support/rpcProxy.ts'
import { random, Scene } from './browser/scene.ts'

const CEILING_GWEI = 50

let scene: Scene

beforeAll(async () => {
  scene = await Scene.start({
    isProxied: true,
    settings: { MAX_BASE_FEE_GWEI: String(CEILING_GWEI), BATCH_MAX_WAIT_SECS: '3600' },
  })
})

afterAll(() => scene?.stop())

const trouble = (text: string | RegExp) => scene.page.locator('.troubles li', { hasText: text })

/** Two operations of an account for a single pubkey slot, in one batch. The second operation fails. */
async function failOneOfTwo(): Promise<readonly [string, string]> {
  const account = scene.account()
  const signing = { domain: domainOf(scene.chain), random: { ...random, below: () => 0 } }
  const first = nextChange(account, 'insert_authenticator', signing)
  const second = nextChange(first.account, 'insert_authenticator', signing).operation
  const [{ key }] = account.authenticators
  const bad = signedBy(key, second, signing.domain, { pubkeyId: first.operation.pubkeyId })
  const failed = await scene.service.accept(bad)
  const good = await scene.service.accept(first.operation)
  await scene.service.reaches(failed, 'failed')
  await scene.service.reaches(good, 'finalized')
  return [good, failed.replace('gw_', '')]
}

describe('the overview', () => {
  it('starts with the figures of results', async () => {
    await scene.show('')
    await scene.finalize()
    const card = (name: string) => scene.page.locator('.card', { hasText: name })
    await card('Latency p50 / p99')
      .getByText(/^[\d.]+ m?s \/ [\d.]+ m?s$/)
      .waitFor()
    await card('Cost an hour')
      .getByText(/^0\.\d+ ETH$/)
      .waitFor()
    await card('Wallet runway')
      .getByText(/day|year/)
      .waitFor()
    await card('Failed operations').getByText(/^0$/).waitFor()
    expect(await scene.page.locator('.troubles li').count()).toBe(0)
  })

  it('names the failed operation, and no list shows its batch in green', async () => {
    const { page } = scene
    const [, failed] = await failOneOfTwo()
    await trouble(/1 operation failed in the last minute\. The last one: The contract refused it/).waitFor()
    await page.locator('.card.tone-bad', { hasText: 'Failed operations' }).waitFor()
    await scene.shoot('failed')
    await trouble('1 operation failed').getByRole('link').click()
    await page.waitForURL(`**/operation/${failed}`)
    const batch = await scene.batchOf(failed)
    await scene.show('batches')
    const row = page.locator('.table.batches .row', { has: page.locator(`a[href="#/batch/${batch}"]`) })
    await row.locator('.counts', { hasText: '1 failed' }).waitFor()
    await page.locator(`.batch-bar[href="#/batch/${batch}"]`).waitFor()
    expect(await row.locator('.tone-good:not(.counts *)').count()).toBe(0)
    expect(
      await page.locator(`.batch-bar[href="#/batch/${batch}"]:is(.tone-good, :has(.tone-good))`).count(),
    ).toBe(0)
    await page.reload()
    await row.locator('.counts', { hasText: '1 failed' }).waitFor()
    expect(await row.locator('.chip.tone-good').count()).toBe(0)
  })

  it('has the words of an endpoint that refuses a transaction', async () => {
    await scene.show('')
    const accept = scene.proxy.impose(
      forMethod('eth_sendRawTransaction', () => ({ code: -32000, message: 'the sky is falling' })),
    )
    const operation = scene.finalize()
    const line = trouble(
      /RPC endpoint 127\.0\.0\.1:\d+ refuses the transaction of batch \w+: “.*the sky is falling.*”/,
    )
    await line.waitFor()
    await scene.shoot('refused')
    await line.getByRole('link').click()
    await scene.page.waitForURL('**/batch/*')
    accept()
    await operation
    await scene.show('')
    await line.waitFor({ state: 'detached' })
  })

  it('says that operations wait because of the base fee', async () => {
    const { miner, chain, service } = scene
    await scene.show('')
    await miner.pause()
    await chain.client.setNextBlockBaseFeePerGas({ baseFeePerGas: 61_000_000_000n })
    await chain.client.mine({ blocks: 1 })
    await scene.page.locator('.spark', { hasText: 'Base fee' }).getByText('61.00 gwei').waitFor()
    const id = await service.accept(nextOperation())
    await trouble(
      /1 operation waits for .+: the base fee, 61\.00 gwei, is at or above the ceiling of 50\.00 gwei\./,
    ).waitFor()
    await scene.shoot('dear')
    await chain.client.setNextBlockBaseFeePerGas({ baseFeePerGas: 1_000_000_000n })
    miner.resume()
    await service.reaches(id, 'finalized')
    await trouble('the base fee').waitFor({ state: 'detached' })
  })

  it('says that the wallet pauses, with balance and minimum', async () => {
    const { chain, page } = scene
    await scene.show('')
    const address = (await page.evaluate('fetch("/wallet").then((answer) => answer.json())')) as {
      address: `0x${string}`
    }
    await chain.client.setBalance({ address: address.address, value: 1_000_000_000_000_000n })
    await trouble(
      /The wallet pauses: its balance of 0\.001 ETH is too low\. The minimum is [\d.]+ ETH/,
    ).waitFor()
    await scene.shoot('poor')
    await chain.client.setBalance({ address: address.address, value: 10n ** 20n })
    await trouble('The wallet pauses').waitFor({ state: 'detached' })
  })
})

function nextOperation() {
  return nextChange(scene.account(), 'insert_authenticator', { domain: domainOf(scene.chain), random })
    .operation
}
