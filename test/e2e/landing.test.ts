/** Transactions that land in the end, whatever is in their way: cancels, gaps, blocks that are taken back, strangers. */
import { keccak256, parseEther, parseTransaction } from 'viem'
import { describe, expect, it } from 'vitest'
import type { Hex } from '../../src/domain/primitives.ts'
import { seededRandom } from '../load/seededRandom.ts'
import { STRANGER } from '../support/accounts.ts'
import { reorganise } from '../support/chain.ts'
import { eventually } from '../support/eventually.ts'
import { forMethod } from '../support/rpcProxy.ts'
import { hashOf, useScene } from './scene.ts'

const scene = useScene(seededRandom(11))
const { accepted, attempted, counts, expectLandedOnce, mine, mineAbove, submitted } = scene

/** What a transaction is, by its bytes. */
function read(raw: unknown) {
  const { nonce = 0, to } = parseTransaction(raw as Hex)
  return { nonce, isCancel: to === scene.chain.client.account.address.toLowerCase() }
}

/** Transactions of some sort never reach the pool, though the node says that they do. */
function swallow(isSwallowed: (transaction: ReturnType<typeof read>) => boolean): void {
  scene.proxy.impose(
    forMethod('eth_sendRawTransaction', ([raw]) =>
      isSwallowed(read(raw)) ? { result: keccak256(raw as Hex) } : null,
    ),
  )
}

/** The nonce of the wallet's next transaction. */
const nextNonce = () =>
  scene.chain.client.getTransactionCount({ address: scene.chain.client.account.address })

/** Nothing is bid for twice, however slow the machine. */
const UNHURRIED = { RESUBMIT_TIMEOUT_MS: '60000' }

describe('a batch that can never land', () => {
  it('is cancelled at its nonce, and its operations land in another, once', async () => {
    await scene.start({ MAX_RESUBMISSIONS: '2', RESUBMIT_TIMEOUT_MS: '300' })
    const nonce = await nextNonce()
    swallow((transaction) => transaction.nonce === nonce && !transaction.isCancel)
    const item = await accepted()
    const landed = await expectLandedOnce(item)
    expect(new Set(landed.attempts.map((attempt) => attempt.nonce))).toEqual(new Set([nonce + 1]))
    const [cancelled, ...others] = await scene.service.batches()
    expect(others).toHaveLength(1)
    expect(cancelled?.batch).toMatchObject({ state: 'Failed', failure: expect.stringContaining('cancel') })
    const attempts = cancelled?.attempts ?? []
    expect(attempts.slice(0, 3).map(({ purpose }) => purpose)).toEqual(['batch', 'batch', 'batch'])
    // One is enough where a block comes in time, and is bid for again where none does.
    const cancels = attempts.slice(3)
    expect(new Set(cancels.map(({ purpose }) => purpose))).toEqual(new Set(['cancel']))
    expect(cancels.map(({ tx_hash }) => tx_hash)).toContain(cancelled?.batch.inclusion?.tx_hash)
    expect(await scene.counter('tx_cancels_total')).toBeGreaterThanOrEqual(1)
    expect(await scene.counter('foreign_transactions_total')).toBe(0)
  })
})

describe('trap 11: cancel races', () => {
  it('are judged by what mined: here the original, although a cancel was sent', async () => {
    await scene.start({ MAX_RESUBMISSIONS: '0' })
    const item = await submitted()
    const first = await scene.service.operation(item.id)
    const raw = await scene.rawTransaction(hashOf(first.attempts[0]))
    swallow(({ isCancel }) => isCancel)
    await mineAbove(first)
    const cancelling = await attempted(item.id, 2)
    expect(cancelling.attempts.map(({ purpose }) => purpose)).toEqual(['batch', 'cancel'])
    // This pool forgets what cannot pay the base fee, another may not have.
    await scene.chain.client.setNextBlockBaseFeePerGas({ baseFeePerGas: 1n })
    await mine()
    await scene.chain.client.sendRawTransaction({ serializedTransaction: raw })
    scene.miner.resume()
    const landed = await expectLandedOnce(item)
    expect(landed.status).toHaveProperty('tx_hash', first.attempts[0]?.tx_hash)
    expect(landed.batch).toMatchObject({ id: first.batch?.id, state: 'Finalized' })
  })
})

describe('trap 6: reorg, after the end of a batch', () => {
  it('brings the batch back, and it ends again in another block', async () => {
    await scene.start({ CONFIRMATIONS: '1', ...UNHURRIED })
    const item = await accepted()
    const ended = await expectLandedOnce(item)
    await scene.miner.pause()
    const depth =
      Number(await scene.chain.client.getBlockNumber()) - (ended.batch?.inclusion?.block_number ?? 0)
    await reorganise(scene.chain, depth + 1)
    await scene.service.reaches(item.id, 'submitted')
    expect((await scene.service.operation(item.id)).batch).toMatchObject({
      ...{ state: 'Submitted', inclusion: null, finalized_at: null },
    })
    scene.miner.resume()
    const again = await expectLandedOnce(item)
    expect(again.batch?.id).toBe(ended.batch?.id)
    expect(again.batch?.inclusion?.block_hash).not.toBe(ended.batch?.inclusion?.block_hash)
    expect(again.attempts).toHaveLength(1)
    expect(await scene.counter('batches_revived_total')).toBe(1)
    expect((await scene.service.batches()).filter(({ operations }) => operations.length === 0)).toEqual([])
    await expectLandedOnce(await accepted())
  })
})

describe('a gap in the nonce stream', () => {
  it('that a reorganisation leaves is filled, and what was behind it lands', async () => {
    await scene.start(UNHURRIED)
    await scene.miner.pause()
    // The test's own client has the wallet's key. What it sends is nobody's to send again.
    const nonce = await nextNonce()
    const foreign = await scene.chain.client.sendTransaction({ to: STRANGER, nonce, gas: 21_000n })
    await mine()
    await counts('foreign_transactions_total', 1)
    const behind = await submitted()
    expect((await scene.service.operation(behind.id)).attempts).toMatchObject([{ nonce: nonce + 1 }])
    await mine()
    await scene.service.reaches(behind.id, 'submitted', 'finalized')
    const head = Number(await scene.chain.client.getBlockNumber())
    const { blockNumber } = await scene.chain.client.getTransactionReceipt({ hash: foreign })
    await reorganise(scene.chain, head - Number(blockNumber) + 1)
    await scene.chain.client.dropTransaction({ hash: foreign }).catch(() => null)
    scene.miner.resume()
    await counts('nonces_healed_total', 1)
    await expectLandedOnce(behind)
    await expectLandedOnce(await accepted())
    const healing = (await scene.service.batches()).filter(({ operations }) => operations.length === 0)
    expect(healing).toMatchObject([
      { batch: { state: 'Finalized', failure: null }, attempts: [{ nonce, purpose: 'cancel' }] },
    ])
  })
})

describe('trap 15: counters drift', () => {
  it('when somebody else uses the key: that is said, and the next transaction goes on after theirs', async () => {
    await scene.start(UNHURRIED)
    await expectLandedOnce(await accepted())
    const nonce = await nextNonce()
    for (const ahead of [0, 1]) {
      await scene.chain.client.sendTransaction({ to: STRANGER, nonce: nonce + ahead, gas: 21_000n })
    }
    await counts('foreign_transactions_total', 2)
    const landed = await expectLandedOnce(await accepted())
    expect(landed.attempts).toMatchObject([{ nonce: nonce + 2 }])
    expect(await scene.counter('foreign_transactions_total')).toBe(2)
  })
})

describe('trap 16: a stuck low nonce stops everything behind it', () => {
  it('is bid for first, and what is behind it waits at its own fee', async () => {
    await scene.start({ RESUBMIT_TIMEOUT_MS: '300', MAX_CONCURRENT_BATCHES: '2' })
    const stuck = await nextNonce()
    let isStuck = true
    swallow(({ nonce }) => isStuck && nonce === stuck)
    const head = await accepted()
    await scene.service.reaches(head.id, 'submitted')
    const behind = await accepted()
    await scene.service.reaches(behind.id, 'submitted')
    const { attempts } = await attempted(head.id, 4)
    expect(new Set(attempts.map(({ nonce }) => nonce))).toEqual(new Set([stuck]))
    expect((await scene.service.operation(behind.id)).attempts).toMatchObject([{ nonce: stuck + 1 }])
    isStuck = false
    await expectLandedOnce(head)
    await expectLandedOnce(behind)
  })
})

describe('trap 18: balance', () => {
  const [LOW, PLENTY] = [parseEther('0.001'), parseEther('1000')]

  it('that is too low is said, pauses, and fails nobody', async () => {
    await scene.start()
    const { address } = scene.chain.client.account
    await scene.chain.client.setBalance({ address, value: LOW })
    const health = await eventually('the wallet to be unwell', scene.service.health, ({ wallet }) =>
      wallet.state.startsWith('LowFunds'),
    )
    expect(health).toMatchObject({ success: false, wallet: { message: expect.stringContaining('balance') } })
    const item = await accepted()
    await eventually(
      'the batcher to say why it waits',
      scene.service.health,
      ({ batcher }) => batcher.throttled === 'WalletUnavailable',
    )
    expect((await scene.service.status(item.id)).status.state).toBe('queued')
    await scene.chain.client.setBalance({ address, value: PLENTY })
    await expectLandedOnce(item)
    expect(await scene.service.health()).toMatchObject({ success: true })
  })

  it('that does not cover a transaction at its highest fee keeps that waiting until it does', async () => {
    await scene.start({ MIN_BALANCE_ETH: '0', ...UNHURRIED })
    const { address } = scene.chain.client.account
    await scene.chain.client.setBalance({ address, value: 1n })
    const item = await accepted()
    await scene.service.reaches(item.id, 'batching')
    await eventually('the wallet to be unwell', scene.service.health, ({ wallet }) => !wallet.ok)
    await scene.chain.client.setBalance({ address, value: PLENTY })
    expect((await expectLandedOnce(item)).attempts).toHaveLength(1)
  })
})
