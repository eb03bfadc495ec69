/** The page in a real browser, with a real gateway on a real chain. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { changes, domainOf, nextChange, signedBy } from '../support/accounts.ts'
import { eventually } from '../support/eventually.ts'
import { endurance } from './browser/endurance.ts'
import { frame } from './browser/frame.ts'
import { keyboard, replays } from './browser/replay.ts'
import { random, Scene } from './browser/scene.ts'

let scene: Scene

beforeAll(async () => {
  scene = await Scene.start()
})

afterAll(() => scene?.stop())

const text = (selector: string) => scene.text(selector)

describe('the overview', () => {
  it('shows every actor with its state, and the reason of the batcher', async () => {
    const { page } = scene
    await scene.show('')
    const names = 'gateway intake chainMonitor nonceTracker requestTracker opsBatcher wallet'.split(' ')
    for (const name of names) {
      const node = page.locator('.node', { hasText: name }).first()
      await node.locator('.chip').waitFor()
      expect((await node.locator('.chip').textContent())?.length).toBeGreaterThan(2)
    }
    await page.locator('.why').getByText('No operation is ready').waitFor()
    await page.locator('.spark', { hasText: 'Blocks' }).locator('rect').first().waitFor({ state: 'attached' })
    expect(await text('.node.gateway')).toContain('Running')
  })

  it('shows events along edges and in the log', async () => {
    await scene.finalizeInLog()
    const { page } = scene
    const edge = page.locator('.edges title', { hasText: 'nonceTracker → opsBatcher' })
    await edge.waitFor({ state: 'attached' })
    expect(await edge.textContent()).toMatch(/1 events, last operations\.ready/)
    for (const flow of [
      'callers → intake',
      'intake → nonceTracker',
      'nonceTracker → intake',
      'intake → callers',
    ]) {
      await page.locator('.edges title', { hasText: flow }).waitFor({ state: 'attached' })
    }
    await scene.shoot('overview')
  })

  it('links to the intake, with the events from submission to admission', async () => {
    const { page } = scene
    await page.locator('.node', { hasText: 'intake' }).click()
    await scene.lit('intake.Open').waitFor()
    await page
      .locator('.timeline summary', { hasText: 'operation.submitted' })
      .getByText('from callers')
      .waitFor()
    await page
      .locator('.timeline summary', { hasText: 'operations.admitted' })
      .getByText('from nonceTracker')
      .waitFor()
    await scene.shoot('intake')
    await scene.show('')
  })

  it('links to the statechart, the context and the events of each actor', async () => {
    const { page } = scene
    await page.locator('.node', { hasText: 'wallet' }).click()
    await scene.lit('wallet.Ready').waitFor()
    await page.locator('.payload', { hasText: 'nextNonce' }).first().waitFor()
    await page.locator('.timeline summary', { hasText: 'block.observed' }).first().click()
    await page.locator('.timeline details[open] .payload', { hasText: 'gasLimit' }).waitFor()
    await scene.shoot('actor')
  })
})

describe('a batch', () => {
  it('has a statechart with the current state highlighted', async () => {
    await scene.miner.pause()
    await scene.show('batches')
    const operation = await scene.service.accept(nextOperation())
    await scene.show(`batch/${await scene.batchOf(operation)}`)
    await scene.lit('pendingBatch.Submitted.Evidence.Watching').waitFor()
    await scene.page
      .locator('.title', { hasText: 'Submitted › Delivery › Resting, Evidence › Watching' })
      .waitFor()
    scene.miner.resume()
    await scene.lit('pendingBatch.Finalized').waitFor()
  })

  it('has a statechart with each past state highlighted in a replay', async () => {
    const { page } = scene
    await scene.show('batches')
    const batch = await scene.batchOf(await scene.finalize())
    await page.locator(`a[href="#/batch/${batch}"]`).first().click()
    await scene.lit('pendingBatch.Finalized').waitFor()
    await scene.press('Home')
    await page.getByText('This page has not received this batch').waitFor()
    const lit: string[] = []
    for (let steps = 0; steps < 80 && lit.at(-1) !== 'Finalized'; steps += 1) {
      await scene.press('Shift+ArrowRight')
      const states = ((await page.locator('.title .chip').getAttribute('title')) ?? '').split('\n')
      for (const state of states) {
        await scene.lit(state).waitFor()
        lit.push(state.split('.').at(-1) ?? '')
      }
    }
    // On a slow machine the batch may check or rebroadcast more than once.
    const life = ['Running', 'ReadyToSubmit', 'Watching', 'Checking']
    expect(inOrder(lit, [...life, 'Confirming', 'Running', 'Finalized'])).toEqual([])
    await page.locator('.strip .mode', { hasText: 'Paused' }).waitFor()
    await scene.press('l')
    await page.locator('.strip').waitFor({ state: 'detached' })
  })

  it('shows operations, attempt, gas, path with times, and events', async () => {
    const { page } = scene
    await page.locator('.operations li', { hasText: 'Create account' }).getByText('Finalized').waitFor()
    await page.locator('.attempts li', { hasText: 'included' }).waitFor()
    expect(await text('.figures')).toMatch(/Gas used \/ limit\s*[\d,]{6,} \/ [\d,]{6,}/)
    expect(await text('.path')).toMatch(/Simulating[\s\S]+Submitted[\s\S]+Finalized/)
    await page.locator('.statechart .when', { hasText: /^\+/ }).first().waitFor()
    await page.locator('.timeline summary', { hasText: 'transaction.signed' }).click()
    await page.locator('.timeline details[open]', { hasText: 'maxFeePerGas' }).waitFor()
    await scene.shoot('batch')
  })

  it('with a replacement shows the reason, the fees and a mark in its slot', async () => {
    const { page, miner, chain } = scene
    await scene.show('batches')
    await miner.pause()
    const operation = await scene.service.accept(nextOperation())
    await scene.service.reaches(operation, 'submitted')
    const { attempts } = await scene.service.operation(operation)
    const dearest = Math.max(...attempts.map(({ max_fee_per_gas }) => max_fee_per_gas))
    await chain.client.setNextBlockBaseFeePerGas({ baseFeePerGas: BigInt(2 * dearest) })
    await chain.client.mine({ blocks: 1 })
    await eventually(
      'a second attempt',
      () => scene.service.operation(operation),
      (detail) => detail.attempts.length > 1,
    )
    await page.locator('.batch-bar .again').first().waitFor()
    await scene.shoot('batches')
    miner.resume()
    await scene.service.reaches(operation, 'finalized')
    await page
      .locator(`a[href="#/batch/${await scene.batchOf(operation)}"]`)
      .first()
      .click()
    const reason = page.locator('.attempts .reason').first()
    expect(await reason.textContent()).toMatch(/Replaced the previous attempt\. Timeout/)
    expect(await text('.attempts li:nth-child(2) .fees')).toMatch(/\+\d+ %/)
    await page.locator('.statechart .seen[data-state="pendingBatch.Resubmitting"]').waitFor()
    expect(await text('.path')).toContain('Resubmitting')
    await scene.shoot('resubmission')
  })

  it('with an operation that fails at simulation shows the decoded reason, as does the operation', async () => {
    const { page } = scene
    const [first, second] = conflict()
    await scene.show('batches')
    const id = (await scene.service.accept(second)).replace('gw_', '')
    await scene.service.accept(first)
    await scene.service.reaches(id, 'failed')
    await page
      .locator(`a[href="#/batch/${await scene.batchOf(id)}"]`)
      .first()
      .click()
    const row = page.locator('.operations li', { has: page.locator(`a[title="${id}"]`) })
    expect(await row.locator('.outcome').textContent()).toMatch(
      /^FailedThe contract refused it: pubkey id in use\. PubkeyIdInUse\(/,
    )
    await row.getByRole('link').first().click()
    expect(await text('.title .outcome')).toMatch(/^FailedThe contract refused it: pubkey id in use\./)
  })
})

/** The expected values missing in a list. The list may contain other values. */
function inOrder(values: readonly string[], wanted: readonly string[]): readonly string[] {
  return values.reduce((left, value) => (value === left[0] ? left.slice(1) : left), wanted)
}

function nextOperation() {
  return nextChange(scene.account(), 'insert_authenticator', { domain: domainOf(scene.chain), random })
    .operation
}

/** The first authenticator of an account signs all operations. */
function signingFirst() {
  return { domain: domainOf(scene.chain), random: { ...random, below: () => 0 } }
}

/** Two operations of an account for a single pubkey slot. The second operation fails at simulation. */
function conflict() {
  const account = scene.account()
  const signing = signingFirst()
  const first = nextChange(account, 'insert_authenticator', signing)
  const second = nextChange(first.account, 'insert_authenticator', signing).operation
  const { pubkeyId } = first.operation
  const [{ key }] = account.authenticators
  return [first.operation, signedBy(key, second, signing.domain, { pubkeyId })] as const
}

describe('an operation', () => {
  it('is shown from receipt to finality through a deep link, even if the page received no message about it', async () => {
    const id = await scene.finalize()
    await scene.show(`operation/${id}`)
    await scene.page.reload()
    await scene.page.locator('.journey', { hasText: 'Received' }).waitFor()
    expect(await text('.journey')).toMatch(
      /Received[\s\S]+In a batch[\s\S]+Submitted[\s\S]+In a block[\s\S]+Finalized/,
    )
    expect(await text('.journey')).toMatch(/\d m?s/)
    expect(await text('.title')).toContain('Finalized')
    await scene.shoot('operation')
  })
})

describe('lanes', () => {
  it('show waiting operations and the missing nonce until the operation with this nonce arrives', async () => {
    const { page } = scene
    const account = scene.account()
    const kinds = ['insert_authenticator', 'insert_authenticator'] as const
    const [first, second] = changes(account, kinds, signingFirst())
    if (first === undefined || second === undefined) throw new Error('no operations')
    await scene.show('lanes')
    await page.getByText('No lane has a gap').waitFor()
    const late = await scene.service.accept(second)
    const row = page.locator('.gaps li').first()
    expect(await row.textContent()).toMatch(/Account \d+[\s\S]*waits for nonce 0/)
    const longest = page.locator('.figure', { hasText: 'Longest wait' })
    expect(await longest.textContent()).toMatch(/^Longest wait[\d.]+ m?s of at most 10 m 00 s$/)
    await scene.shoot('lanes')
    const leaf = /Account (\d+)/.exec((await row.textContent()) ?? '')?.[1] ?? ''
    await scene.service.accept(first)
    await scene.service.reaches(late, 'finalized')
    await page.getByText('No lane has a gap').waitFor()
    expect(await longest.textContent()).toContain('Longest wait–')
    await search(leaf)
    await page.locator('.results .id', { hasText: late.replace('gw_', '') }).waitFor()
    await scene.shoot('search')
  })
})

async function search(query: string): Promise<void> {
  await scene.press('/')
  await scene.page.keyboard.type(query)
  await scene.press('Enter')
}

describe('a search', () => {
  it.each([
    ['an operation', (id: string) => id, 'operation'],
    ['an operation with its prefix', (id: string) => `gw_${id}`, 'operation'],
    ['the beginning of an operation', (id: string) => id.slice(0, 13), 'operation'],
  ])('finds %s', async (_, write, view) => {
    await scene.show('')
    const id = await scene.finalize()
    await search(write(id))
    await scene.page.waitForURL(`**/inspector#/${view}/${id}`)
  })

  it('finds a batch by the id of the batch and by a transaction hash', async () => {
    await scene.show('')
    const operation = await scene.finalize()
    const { batch, attempts } = await scene.service.operation(operation)
    for (const query of [batch?.id ?? '', attempts[0]?.tx_hash ?? '']) {
      await search(query)
      await scene.page.waitForURL(`**/inspector#/batch/${batch?.id}`)
      await scene.press('1')
    }
  })

  it('finds stored operations through the gateway, and reports an empty result', async () => {
    const operation = await scene.finalize()
    const batch = await scene.batchOf(operation)
    await scene.page.goto('about:blank')
    await scene.show('')
    await search(operation)
    await scene.page.waitForURL(`**/operation/${operation}`)
    await search(batch)
    await scene.page.waitForURL(`**/batch/${batch}`)
    // The page requests the id as an operation and as a batch. One of the two requests is answered 404.
    expect(scene.errors.every((error) => error.includes('404 (Not Found)'))).toBe(true)
    scene.errors.length = 0
    await search('no such thing')
    await scene.page.getByText('Nothing found for no such thing').waitFor()
    await scene.shoot('nothing')
  })
})

frame(() => scene)
replays(() => scene)
keyboard(() => scene)
endurance(() => scene)
