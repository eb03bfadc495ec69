/** A transaction with a late inclusion: below the base fee, lost by the pool, or in an orphaned block. */
import { describe, expect, it } from 'vitest'
import { seededRandom } from '../load/seededRandom.ts'
import { STRANGER } from '../support/accounts.ts'
import { reorganise } from '../support/chain.ts'
import type { OperationDetail } from '../support/client.ts'
import { eventually } from '../support/eventually.ts'
import { methodsOf } from '../support/rpcProxy.ts'
import { hashOf, useScene } from './scene.ts'

const scene = useScene(seededRandom(6))
const { accepted, attempted, counts, expectLandedOnce, mine, mineAbove, placed, pooled, submitted } = scene

/** Checks that all attempts have an equal nonce, and raise both fees by at least the minimum of the pools. */
function expectRaised({ attempts }: OperationDetail): void {
  expect(new Set(attempts.map(({ nonce }) => nonce)).size).toBe(1)
  expect(new Set(attempts.map(({ tx_hash }) => tx_hash)).size).toBe(attempts.length)
  for (const [index, attempt] of attempts.slice(1).entries()) {
    const before = attempts[index]
    expect(attempt.max_fee_per_gas).toBeGreaterThanOrEqual((before?.max_fee_per_gas ?? 0) * 1.125)
    expect(attempt.max_priority_fee_per_gas).toBeGreaterThanOrEqual(
      (before?.max_priority_fee_per_gas ?? 0) * 1.125,
    )
  }
}

describe('a base fee above the fee of the transaction', () => {
  it('causes a replacement at an equal nonce with both fees raised, and the replacement is included', async () => {
    await scene.payTips()
    await scene.start()
    const item = await submitted()
    await mineAbove(await scene.service.operation(item.id))
    const replaced = await attempted(item.id, 2)
    expectRaised(replaced)
    expect(replaced.attempts[0]?.max_priority_fee_per_gas).toBe(2e9)
    expect((await scene.service.wallet()).in_flight).toMatchObject([
      { nonce: replaced.attempts[0]?.nonce, tx_hashes: replaced.attempts.map(({ tx_hash }) => tx_hash) },
    ])
    await pooled(replaced.attempts[1])
    await mine()
    await mine()
    const landed = await expectLandedOnce(item)
    expect(landed.status).toHaveProperty('tx_hash', replaced.attempts[1]?.tx_hash)
    expect(landed.batch).toMatchObject({ state: 'Finalized', resubmission_count: 1 })
    expect(await scene.service.status(item.id)).toMatchObject({ status: landed.status })
  })

  it('causes more replacements while the base fee rises', async () => {
    await scene.start()
    const item = await submitted()
    for (const times of [2, 3, 4]) {
      await mineAbove(await scene.service.operation(item.id))
      expectRaised(await attempted(item.id, times))
    }
    scene.miner.resume()
    const { attempts, batch } = await expectLandedOnce(item)
    expect(attempts.length).toBeGreaterThanOrEqual(4)
    expect(batch?.resubmission_count).toBe(attempts.length - 1)
  })
})

/** Number of broadcasts of the same bytes. */
async function sends(): Promise<number> {
  return methodsOf(scene.proxy).filter((method) => method === 'eth_sendRawTransaction').length
}

describe('a transaction at the fee ceiling', () => {
  it('is rebroadcast until the base fee falls, and evicts no operation meanwhile', async () => {
    await scene.miner.pause()
    const { baseFeePerGas } = await scene.chain.client.getBlock()
    const gwei = (multiple: number) => String((multiple * Number(baseFeePerGas)) / 1e9)
    await scene.start({
      MAX_FEE_PER_GAS_GWEI: gwei(1.5),
      MAX_BASE_FEE_GWEI: gwei(1.3),
      SOFT_CAP_BASE_FEE_GWEI: '0',
      TARGET_BASE_FEE_GWEI: '0',
      MAX_RESUBMISSIONS: '1000',
      CANCEL_TIMEOUT_SECS: '3600',
    })
    const item = await submitted()
    const before = await sends()
    await mineAbove(await scene.service.operation(item.id))
    await counts('tx_resubmissions_total', 1)
    // If a node refuses the bytes, the gateway rebroadcasts once a second.
    await eventually('the bytes to be sent again and again', sends, (count) => count - before >= 3)
    expect((await scene.service.operation(item.id)).attempts).toHaveLength(1)
    expect((await scene.service.status(item.id)).status.state).toBe('submitted')
    await scene.chain.client.setNextBlockBaseFeePerGas({ baseFeePerGas: 1n })
    scene.miner.resume()
    expect((await expectLandedOnce(item)).attempts).toHaveLength(1)
  })
})

describe('a broadcast that timed out', () => {
  it('is repeated when the pool has lost the transaction', async () => {
    await scene.start()
    const item = await submitted()
    const { attempts } = await scene.service.operation(item.id)
    await scene.chain.client.dropTransaction({ hash: hashOf(attempts[0]) })
    scene.miner.resume()
    await expectLandedOnce(item)
  })

  it('is repeated with equal bytes when the node has the bytes but did not answer', async () => {
    await scene.start({ RPC_TIMEOUT_SECS: '1', RESUBMIT_TIMEOUT_MS: '60000' })
    const hold = scene.proxy.hold('eth_sendRawTransaction', 'answer')
    const item = await accepted()
    await hold.reached
    const { attempts } = await expectLandedOnce(item)
    hold.release()
    expect(attempts).toHaveLength(1)
  })
})

describe('an older attempt that is included', () => {
  it('decides the batch when the replacement never reached a node', async () => {
    await scene.start({ RPC_TIMEOUT_SECS: '1' })
    const item = await submitted()
    const first = await scene.service.operation(item.id)
    const raw = await scene.rawTransaction(hashOf(first.attempts[0]))
    const hold = scene.proxy.hold('eth_sendRawTransaction', 'request')
    await mineAbove(first)
    await hold.reached
    // The pool of the test drops transactions below the base fee. Other pools may keep such transactions.
    await scene.chain.client.setNextBlockBaseFeePerGas({ baseFeePerGas: 1n })
    await mine()
    await scene.chain.client.sendRawTransaction({ serializedTransaction: raw })
    scene.miner.resume()
    const { attempts, status } = await expectLandedOnce(item)
    hold.release()
    // A slow machine may replace more than once.
    expect(attempts.length).toBeGreaterThanOrEqual(2)
    expect(status).toHaveProperty('tx_hash', attempts[0]?.tx_hash)
  })
})

describe('a nonce that a foreign transaction consumed', () => {
  it('is reported, and the operations of the batch are included in a second batch', async () => {
    await scene.start({ RESUBMIT_TIMEOUT_MS: '60000' })
    const item = await submitted()
    const { attempts, batch } = await scene.service.operation(item.id)
    const [lost] = attempts
    await scene.chain.client.dropTransaction({ hash: hashOf(lost) })
    // The client of the test has the key of the wallet.
    await scene.chain.client.sendTransaction({ to: STRANGER, nonce: lost?.nonce ?? 0, gas: 21_000n })
    scene.miner.resume()
    const landed = await expectLandedOnce(item)
    expect(landed.batch?.id).not.toBe(batch?.id)
    expect(landed.attempts.map(({ nonce }) => nonce)).toEqual([(lost?.nonce ?? 0) + 1])
    expect(await scene.service.get(`/batches/${batch?.id}`)).toMatchObject({
      body: { batch: { state: 'Failed', failure: expect.stringContaining('nonce') } },
    })
    expect(await scene.counter('foreign_transactions_total')).toBe(1)
  })
})

describe('a batch in an orphaned block, before finality', () => {
  it('waits after a reorg, and is included again', async () => {
    await scene.start({ CONFIRMATIONS: '3', RESUBMIT_TIMEOUT_MS: '1500' })
    const item = await submitted()
    await mine()
    const included = await placed(item.id, true)
    expect(included.status.state).toBe('submitted')
    await reorganise(scene.chain, 1)
    const orphaned = await placed(item.id, false)
    expect(orphaned).toMatchObject({ status: { state: 'submitted' }, batch: { state: 'Submitted' } })
    scene.miner.resume()
    const landed = await expectLandedOnce(item)
    expect(landed.batch?.inclusion?.block_hash).not.toBe(included.batch?.inclusion?.block_hash)
  })

  it('waits after a reset of the chain, and is included again', async () => {
    await scene.start({ CONFIRMATIONS: '3', RESUBMIT_TIMEOUT_MS: '1500' })
    await scene.miner.pause()
    const snapshot = await scene.chain.client.snapshot()
    const item = await submitted()
    await mine()
    await mine()
    await placed(item.id, true)
    await scene.chain.client.revert({ id: snapshot })
    await mine()
    await placed(item.id, false)
    scene.miner.resume()
    await expectLandedOnce(item)
  })
})
