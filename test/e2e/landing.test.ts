/** Transactions with obstacles: cancels, gaps, orphaned blocks, foreign transactions, a low balance. */
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

/** The purpose of a transaction, from the signed bytes. */
function read(raw: unknown) {
  const { nonce = 0, to } = parseTransaction(raw as Hex)
  return { nonce, isCancel: to === scene.chain.client.account.address.toLowerCase() }
}

/** Transactions of a given purpose never reach the pool, although the node accepts the broadcast. */
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

/** Settings without replacements, also on a slow machine. */
const UNHURRIED = { RESUBMIT_TIMEOUT_MS: '60000' }

describe('a batch whose transaction is never included', () => {
  it('is cancelled at its nonce, and the operations are included once, in a second batch', async () => {
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
    // A single cancel is enough when a block comes in time; otherwise the wallet replaces it.
    const cancels = attempts.slice(3)
    expect(new Set(cancels.map(({ purpose }) => purpose))).toEqual(new Set(['cancel']))
    expect(cancels.map(({ tx_hash }) => tx_hash)).toContain(cancelled?.batch.inclusion?.tx_hash)
    expect(await scene.counter('tx_cancels_total')).toBeGreaterThanOrEqual(1)
    expect(await scene.counter('foreign_transactions_total')).toBe(0)
  })
})

describe('a race between a transaction and the cancel', () => {
  it('is decided by the included transaction: here the original', async () => {
    await scene.start({ MAX_RESUBMISSIONS: '0' })
    const item = await submitted()
    const first = await scene.service.operation(item.id)
    const raw = await scene.rawTransaction(hashOf(first.attempts[0]))
    swallow(({ isCancel }) => isCancel)
    await mineAbove(first)
    const cancelling = await attempted(item.id, 2)
    expect(cancelling.attempts.map(({ purpose }) => purpose)).toEqual(['batch', 'cancel'])
    // The pool of the test drops transactions below the base fee. Other pools may keep such transactions.
    await scene.chain.client.setNextBlockBaseFeePerGas({ baseFeePerGas: 1n })
    await mine()
    await scene.chain.client.sendRawTransaction({ serializedTransaction: raw })
    scene.miner.resume()
    const landed = await expectLandedOnce(item)
    expect(landed.status).toHaveProperty('tx_hash', first.attempts[0]?.tx_hash)
    expect(landed.batch).toMatchObject({ id: first.batch?.id, state: 'Finalized' })
  })
})

describe('a reorg after a batch was settled', () => {
  it('revives the batch, and the batch is settled again in a new block', async () => {
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

describe('a gap in the nonces of the wallet', () => {
  it('after a reorg is filled, and the transactions behind the gap are included', async () => {
    await scene.start(UNHURRIED)
    // The wallet needs two readings to be sure of its own nonce.
    await expectLandedOnce(await accepted())
    // The client of the test has the key of the wallet. The gateway does not rebroadcast its transactions.
    const nonce = await nextNonce()
    const foreign = await scene.chain.client.sendTransaction({ to: STRANGER, nonce, gas: 21_000n })
    // A second block confirms the foreign transaction.
    await counts('foreign_transactions_total', 1)
    await scene.miner.pause()
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

describe('foreign transactions with the key of the wallet', () => {
  it('are reported, and the next transaction takes the next free nonce', async () => {
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

describe('a stuck low nonce', () => {
  it('is replaced first, and later transactions keep the old fees', async () => {
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

describe('the balance of the wallet', () => {
  const [LOW, PLENTY] = [parseEther('0.001'), parseEther('1000')]

  it('is reported when it is too low; sending pauses and no operation fails', async () => {
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

  it('must cover a transaction at the highest fee, and otherwise the transaction waits', async () => {
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
