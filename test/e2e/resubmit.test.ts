/** A transaction that does not land at once: outbid by the base fee, gone astray, or in a block that is taken back. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { CreateAccount } from '../../src/domain/operation.ts'
import type { Hash, Hex } from '../../src/domain/primitives.ts'
import { createIdleAccount } from '../../src/load/account.ts'
import { seededRandom } from '../load/seededRandom.ts'
import { STRANGER, sendAsStranger } from '../support/accounts.ts'
import { startTestChain, type TestChain } from '../support/chain.ts'
import type { OperationDetail } from '../support/client.ts'
import { eventually } from '../support/eventually.ts'
import { readLedger, upTo } from '../support/ledger.ts'
import { type Miner, startMiner } from '../support/miner.ts'
import { type RpcProxy, startRpcProxy } from '../support/rpcProxy.ts'
import { startTestService, type TestService, temporaryFolder } from '../support/service.ts'

const random = seededRandom(6)

let chain: TestChain
let miner: Miner
let proxy: RpcProxy
let folder: Awaited<ReturnType<typeof temporaryFolder>>
let service: TestService

beforeAll(async () => {
  chain = await startTestChain()
  miner = await startMiner(chain)
})

afterAll(async () => {
  await miner.pause()
  await chain.stop()
})

beforeEach(async () => {
  folder = await temporaryFolder()
  proxy = await startRpcProxy(chain.rpcUrl)
})

afterEach(async () => {
  miner.resume()
  await service.stop()
  await proxy.close()
  await folder.remove()
})

/** A service that bids more after half a second. */
async function start(settings: NodeJS.Dict<string> = {}): Promise<void> {
  service = await startTestService({
    chain: { ...chain, rpcUrl: proxy.url },
    dataDir: folder.path,
    settings: { RESUBMIT_TIMEOUT_MS: '500', ...settings },
  })
}

interface Item {
  readonly id: string
  readonly operation: CreateAccount
}

/** An operation whose transaction is in the pool, while blocks stand still. */
async function submitted(): Promise<Item> {
  const operation = createIdleAccount(random)
  await miner.pause()
  const id = await service.accept(operation)
  await service.reaches(id, 'submitted')
  return { id, operation }
}

const mine = () => chain.client.mine({ blocks: 1 })

/** Mines blocks in which others have paid a tip of two gwei, so that it is the market's. */
async function payTips(): Promise<void> {
  await miner.pause()
  for (const _ of upTo(5)) {
    await sendAsStranger(chain, '0x', { tip: 2n })
    await mine()
  }
}

/** Mines a block that is too dear for a transaction. */
async function mineAbove({ attempts }: OperationDetail): Promise<void> {
  const dearest = Math.max(...attempts.map(({ max_fee_per_gas }) => max_fee_per_gas))
  await chain.client.setNextBlockBaseFeePerGas({ baseFeePerGas: BigInt(2 * dearest) })
  await mine()
}

/** Waits until a transaction has been sent so many times. */
function attempted(id: string, times: number): Promise<OperationDetail> {
  return eventually(
    `${times} attempts`,
    () => service.operation(id),
    ({ attempts }) => attempts.length >= times,
  )
}

/** Every attempt has the nonce of the first, and outbids the one before as pools ask. */
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

async function expectLandedOnce({ id, operation }: Item): Promise<OperationDetail> {
  const detail = await service.waitUntilTerminal(id)
  const { landings, walletNonces } = await readLedger(chain)
  expect(detail.status).toEqual({ state: 'finalized', tx_hash: landings(operation)[0]?.txHash })
  expect(landings(operation)).toHaveLength(1)
  expect(walletNonces).toEqual(upTo(walletNonces.length))
  return detail
}

describe('a base fee above what was offered', () => {
  it('gets the transaction replaced: same nonce, both fees higher, and it lands', async () => {
    await payTips()
    await start()
    const item = await submitted()
    await mineAbove(await service.operation(item.id))
    const replaced = await attempted(item.id, 2)
    expectRaised(replaced)
    expect(replaced.attempts[0]?.max_priority_fee_per_gas).toBe(2e9)
    expect((await service.wallet()).in_flight).toMatchObject([
      { nonce: replaced.attempts[0]?.nonce, tx_hashes: replaced.attempts.map(({ tx_hash }) => tx_hash) },
    ])
    await mine()
    await mine()
    const landed = await expectLandedOnce(item)
    expect(landed.status).toHaveProperty('tx_hash', replaced.attempts[1]?.tx_hash)
    expect(landed.batch).toMatchObject({ state: 'Finalized', resubmission_count: 1 })
    expect(await service.status(item.id)).toMatchObject({ status: landed.status })
  })

  it('that rises and rises gets it replaced again and again', async () => {
    await start()
    const item = await submitted()
    for (const times of [2, 3, 4]) {
      await mineAbove(await service.operation(item.id))
      expectRaised(await attempted(item.id, times))
    }
    miner.resume()
    const { attempts, batch } = await expectLandedOnce(item)
    expect(attempts.length).toBeGreaterThanOrEqual(4)
    expect(batch?.resubmission_count).toBe(attempts.length - 1)
  })

  it('above the ceiling gets the same bytes sent again, until the fee has fallen', async () => {
    await miner.pause()
    const { baseFeePerGas } = await chain.client.getBlock()
    const ceiling = String((1.5 * Number(baseFeePerGas)) / 1e9)
    await start({
      MAX_FEE_PER_GAS_GWEI: ceiling,
      MAX_BASE_FEE_GWEI: ceiling,
      SOFT_CAP_BASE_FEE_GWEI: '0',
      TARGET_BASE_FEE_GWEI: '0',
    })
    const item = await submitted()
    await mineAbove(await service.operation(item.id))
    await eventually('the bytes to be sent again', resubmissions, (count) => count > 0)
    expect((await service.operation(item.id)).attempts).toHaveLength(1)
    expect((await service.status(item.id)).status.state).toBe('submitted')
    await chain.client.setNextBlockBaseFeePerGas({ baseFeePerGas: 1n })
    miner.resume()
    expect((await expectLandedOnce(item)).attempts).toHaveLength(1)
  })
})

describe('a transaction that goes astray', () => {
  it('because the pool forgot it: it is sent again, and lands', async () => {
    await start()
    const item = await submitted()
    const { attempts } = await service.operation(item.id)
    await chain.client.dropTransaction({ hash: hashOf(attempts[0]) })
    miner.resume()
    await expectLandedOnce(item)
  })

  it('because the node did not say that it has it: the same bytes land', async () => {
    await start({ RPC_TIMEOUT_SECS: '1' })
    const hold = proxy.hold('eth_sendRawTransaction', 'answer')
    const operation = createIdleAccount(random)
    const id = await service.accept(operation)
    await hold.reached
    const { attempts } = await expectLandedOnce({ id, operation })
    hold.release()
    expect(attempts).toHaveLength(1)
  })

  it('because its replacement never reached a node: whichever lands is the one', async () => {
    await start({ RPC_TIMEOUT_SECS: '1' })
    const item = await submitted()
    const first = await service.operation(item.id)
    const raw = await rawTransaction(hashOf(first.attempts[0]))
    const hold = proxy.hold('eth_sendRawTransaction', 'request')
    await mineAbove(first)
    await hold.reached
    // This pool forgets what cannot pay the base fee, another may not have.
    await chain.client.setNextBlockBaseFeePerGas({ baseFeePerGas: 1n })
    await mine()
    await chain.client.sendRawTransaction({ serializedTransaction: raw })
    miner.resume()
    const { attempts, status } = await expectLandedOnce(item)
    hold.release()
    expect(attempts).toHaveLength(2)
    expect(status).toHaveProperty('tx_hash', attempts[0]?.tx_hash)
  })

  it('because somebody else used its nonce: its operations ride in another', async () => {
    await start({ RESUBMIT_TIMEOUT_MS: '60000' })
    const item = await submitted()
    const { attempts, batch } = await service.operation(item.id)
    const [lost] = attempts
    await chain.client.dropTransaction({ hash: hashOf(lost) })
    // The test's own client has the wallet's key.
    await chain.client.sendTransaction({ to: STRANGER, nonce: lost?.nonce ?? 0, gas: 21_000n })
    miner.resume()
    const landed = await expectLandedOnce(item)
    expect(landed.batch?.id).not.toBe(batch?.id)
    expect(landed.attempts.map(({ nonce }) => nonce)).toEqual([(lost?.nonce ?? 0) + 1])
    expect(await service.get(`/batches/${batch?.id}`)).toMatchObject({
      body: { batch: { state: 'Failed', failure: expect.stringContaining('nonce') } },
    })
  })
})

function rawTransaction(hash: Hash): Promise<Hex> {
  return chain.client.request<{ Method: string; Parameters: [Hash]; ReturnType: Hex }>({
    method: 'eth_getRawTransactionByHash',
    params: [hash],
  })
}

function hashOf(attempt: { readonly tx_hash: string } | undefined): Hash {
  return `0x${attempt?.tx_hash.slice(2)}`
}

/** How often transactions have been sent again. */
async function resubmissions(): Promise<number> {
  const { body } = await service.get('/metrics')
  return Number(/^ops_batcher_tx_resubmissions_total (\d+)$/m.exec(String(body))?.[1] ?? 0)
}

describe('a block that is taken back before it is deep enough', () => {
  it('by a reorganisation: the batch waits again, and lands again', async () => {
    await start({ CONFIRMATIONS: '3', RESUBMIT_TIMEOUT_MS: '1500' })
    const item = await submitted()
    await mine()
    const included = await eventually(
      'the inclusion',
      () => service.operation(item.id),
      ({ batch }) => batch?.inclusion != null,
    )
    expect(included.status.state).toBe('submitted')

    await chain.client.request<{ Method: 'anvil_reorg'; Parameters: [number, unknown[]]; ReturnType: null }>({
      method: 'anvil_reorg',
      params: [1, []],
    })
    const orphaned = await eventually(
      'the reorganisation',
      () => service.operation(item.id),
      ({ batch }) => batch?.inclusion == null,
    )
    expect(orphaned).toMatchObject({ status: { state: 'submitted' }, batch: { state: 'Submitted' } })

    miner.resume()
    const landed = await expectLandedOnce(item)
    expect(landed.batch?.inclusion?.block_hash).not.toBe(included.batch?.inclusion?.block_hash)
  })

  it('by a chain that was reset: the same', async () => {
    await start({ CONFIRMATIONS: '3', RESUBMIT_TIMEOUT_MS: '1500' })
    await miner.pause()
    const snapshot = await chain.client.snapshot()
    const item = await submitted()
    await mine()
    await mine()
    await eventually(
      'the inclusion',
      () => service.operation(item.id),
      ({ batch }) => batch?.inclusion != null,
    )
    await chain.client.revert({ id: snapshot })
    await mine()
    await eventually(
      'the reset',
      () => service.operation(item.id),
      ({ batch }) => batch?.inclusion == null,
    )
    miner.resume()
    await expectLandedOnce(item)
  })
})
