/** The page in a real browser, shown by a real gateway on a real chain. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { changes, domainOf, nextChange, signedBy } from '../support/accounts.ts'
import { eventually } from '../support/eventually.ts'
import { endurance } from './browser/endurance.ts'
import { keyboard, replays } from './browser/replay.ts'
import { random, Scene } from './browser/scene.ts'

let scene: Scene

beforeAll(async () => {
  scene = await Scene.start()
})

afterAll(() => scene?.stop())

const text = (selector: string) => scene.text(selector)

describe('the overview', () => {
  it('shows every actor with the state it is in, in words, and what the gateway says of itself', async () => {
    const { page } = scene
    await scene.show('')
    const names = ['gateway', 'chainMonitor', 'nonceTracker', 'requestTracker', 'opsBatcher', 'wallet']
    for (const name of names) {
      const node = page.locator('.node', { hasText: name }).first()
      await node.locator('.chip').waitFor()
      expect((await node.locator('.chip').textContent())?.length).toBeGreaterThan(2)
    }
    await page.locator('.why').getByText('No operation is ready').waitFor()
    await page.locator('.spark', { hasText: 'Blocks' }).locator('rect').first().waitFor({ state: 'attached' })
    expect(await text('.node.gateway')).toContain('Running')
  })

  it('shows events on their way, along edges and in the log', async () => {
    await scene.land()
    const { page } = scene
    await page.locator('.log').getByText('batch.finalized').first().waitFor()
    const edge = page.locator('.edges title', { hasText: 'nonceTracker → opsBatcher' })
    await edge.waitFor({ state: 'attached' })
    expect(await edge.textContent()).toMatch(/1 events, last operations\.ready/)
    await scene.shoot('overview')
  })

  it('leads to the statechart, the context and the events of any actor', async () => {
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
  it('is lit where it is, and moves as it moves', async () => {
    await scene.miner.pause()
    await scene.show('batches')
    const operation = await scene.service.accept(nextOperation())
    await scene.show(`batch/${await scene.batchOf(operation)}`)
    await scene.lit('pendingBatch.Submitted.AwaitingInclusion').waitFor()
    await scene.page.locator('.title', { hasText: 'Submitted › AwaitingInclusion' }).waitFor()
    scene.miner.resume()
    await scene.lit('pendingBatch.Finalized').waitFor()
  })

  it('has its chart lit state by state when one steps through what was seen', async () => {
    const { page } = scene
    await scene.show('batches')
    const batch = await scene.batchOf(await scene.land())
    await page.locator(`a[href="#/batch/${batch}"]`).first().click()
    await scene.lit('pendingBatch.Finalized').waitFor()
    await scene.press('Home')
    await page.getByText('It is not in what has been seen here').waitFor()
    const lit: string[] = []
    for (let steps = 0; steps < 80 && lit.at(-1) !== 'Finalized'; steps += 1) {
      await scene.press('Shift+ArrowRight')
      const state = (await page.locator('.title .chip').getAttribute('title')) ?? ''
      await scene.lit(state).waitFor()
      lit.push(state.split('.').at(-1) ?? '')
    }
    // On a slow machine it may look, or be sent, more than once.
    const life = ['Opening', 'Running', 'ReadyToSubmit', 'Broadcasting', 'AwaitingInclusion', 'Checking']
    expect(inOrder(lit, [...life, 'Confirming', 'Running', 'Finalized'])).toEqual([])
    await page.locator('.strip .mode', { hasText: 'Paused' }).waitFor()
    await scene.press('l')
    await page.locator('.strip').waitFor({ state: 'detached' })
  })

  it('shows its operations, its one attempt, its gas, the path with times, and its events', async () => {
    const { page } = scene
    await page.locator('.operations li', { hasText: 'Create account' }).getByText('Finalized').waitFor()
    await page.locator('.attempts li', { hasText: 'landed' }).waitFor()
    expect(await text('.figures')).toMatch(/Gas used \/ planned\s*[\d,]{6,} \/ [\d,]{6,}/)
    expect(await text('.path')).toMatch(/Pending[\s\S]+Simulating[\s\S]+Submitted[\s\S]+Finalized/)
    await page.locator('.statechart .when', { hasText: /^\+/ }).first().waitFor()
    await page.locator('.timeline summary', { hasText: 'transaction.signed' }).click()
    await page.locator('.timeline details[open]', { hasText: 'maxFeePerGas' }).waitFor()
    await scene.shoot('batch')
  })

  it('that is sent again shows why, at which fees, and where in its lane', async () => {
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
    await page.locator('.ride .again').first().waitFor()
    await scene.shoot('batches')
    miner.resume()
    await scene.service.reaches(operation, 'finalized')
    await page
      .locator(`a[href="#/batch/${await scene.batchOf(operation)}"]`)
      .first()
      .click()
    const reason = page.locator('.attempts .reason').first()
    expect(await reason.textContent()).toMatch(/Replaced the one before\. Timeout/)
    expect(await text('.attempts li:nth-child(2) .fees')).toMatch(/\+\d+ %/)
    await page.locator('.statechart .seen[data-state="pendingBatch.Resubmitting"]').waitFor()
    expect(await text('.path')).toContain('Resubmitting')
    await scene.shoot('resubmission')
  })

  it('that drops an operation tells the decoded reason, there and at the operation', async () => {
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
    expect(await row.locator('.outcome').textContent()).toMatch(/Failed\s*PubkeyIdInUse\(/)
    await row.getByRole('link').first().click()
    expect(await text('.title .outcome')).toMatch(/Failed\s*PubkeyIdInUse\(/)
  })
})

/** What is missing of some values, which may have others between them. */
function inOrder(values: readonly string[], wanted: readonly string[]): readonly string[] {
  return values.reduce((left, value) => (value === left[0] ? left.slice(1) : left), wanted)
}

function nextOperation() {
  return nextChange(scene.account(), 'insert_authenticator', { domain: domainOf(scene.chain), random })
    .operation
}

/** An account's first authenticator signs everything: it is there from the start. */
function signingFirst() {
  return { domain: domainOf(scene.chain), random: { ...random, below: () => 0 } }
}

/** Two operations of an account that take the same slot: sent the second first, it is dropped in simulation. */
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
  it('is shown from request to finality, by a deep link, also when nothing of it was seen', async () => {
    const id = await scene.land()
    await scene.show(`operation/${id}`)
    await scene.page.reload()
    await scene.page.locator('.journey', { hasText: 'Received' }).waitFor()
    expect(await text('.journey')).toMatch(/Received[\s\S]+In a batch[\s\S]+Submitted[\s\S]+Finalized/)
    expect(await text('.journey')).toMatch(/\d m?s/)
    expect(await text('.title')).toContain('Finalized')
    await scene.shoot('operation')
  })
})

describe('lanes', () => {
  it('show who waits, and for which nonce, until it has come', async () => {
    const { page } = scene
    const account = scene.account()
    const kinds = ['insert_authenticator', 'insert_authenticator'] as const
    const [first, second] = changes(account, kinds, signingFirst())
    if (first === undefined || second === undefined) throw new Error('no operations')
    await scene.show('lanes')
    await page.getByText('Nobody waits').waitFor()
    const late = await scene.service.accept(second)
    const row = page.locator('.gaps li').first()
    expect(await row.textContent()).toMatch(/Account \d+[\s\S]*waits for nonce 0/)
    await scene.shoot('lanes')
    const leaf = /Account (\d+)/.exec((await row.textContent()) ?? '')?.[1] ?? ''
    await scene.service.accept(first)
    await scene.service.reaches(late, 'finalized')
    await page.getByText('Nobody waits').waitFor()
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
    const id = await scene.land()
    await search(write(id))
    await scene.page.waitForURL(`**/inspector#/${view}/${id}`)
  })

  it('finds a batch by its id, and by the hash of its transaction', async () => {
    await scene.show('')
    const operation = await scene.land()
    const { batch, attempts } = await scene.service.operation(operation)
    for (const query of [batch?.id ?? '', attempts[0]?.tx_hash ?? '']) {
      await search(query)
      await scene.page.waitForURL(`**/inspector#/batch/${batch?.id}`)
      await scene.press('1')
    }
  })

  it('asks the gateway for what was not seen, and says what nobody knows', async () => {
    const operation = await scene.land()
    const batch = await scene.batchOf(operation)
    await scene.page.goto('about:blank')
    await scene.show('')
    await search(operation)
    await scene.page.waitForURL(`**/operation/${operation}`)
    await search(batch)
    await scene.page.waitForURL(`**/batch/${batch}`)
    // It is asked whether the id is an operation's and whether it is a batch's: that it is one alone is no error.
    expect(scene.errors.every((error) => error.includes('404 (Not Found)'))).toBe(true)
    scene.errors.length = 0
    await search('no such thing')
    await scene.page.getByText('Nothing is known of no such thing').waitFor()
    await scene.shoot('nothing')
  })
})

replays(() => scene)
keyboard(() => scene)
endurance(() => scene)
