/**
 * A chain with blocks on demand, a service that reaches the chain through a proxy, and the helpers of tests about late
 * inclusions.
 */
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest'
import type { Hash, Hex } from '../../src/domain/primitives.ts'
import { createIdleAccount } from '../../src/load/account.ts'
import type { Random } from '../../src/load/random.ts'
import type { WorldIdOperation } from '../../src/registry/worldId/operations.ts'
import { sendAsStranger } from '../support/accounts.ts'
import { startTestChain, type TestChain } from '../support/chain.ts'
import type { OperationDetail } from '../support/client.ts'
import { eventually } from '../support/eventually.ts'
import { readLedger, upTo } from '../support/ledger.ts'
import { type Miner, startMiner } from '../support/miner.ts'
import { type RpcProxy, startRpcProxy } from '../support/rpcProxy.ts'
import { startTestService, type TestService, temporaryFolder } from '../support/service.ts'

/** An accepted operation. */
export interface Item {
  readonly id: string
  readonly operation: WorldIdOperation
}

/** One chain for a file; a service, a proxy and a database for each test. */
export function useScene(random: Random) {
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

  const scene = {
    get chain() {
      return chain
    },
    get miner() {
      return miner
    },
    get proxy() {
      return proxy
    },
    get service() {
      return service
    },

    /** Starts a service with replacements after half a second. */
    async start(settings: NodeJS.Dict<string> = {}): Promise<void> {
      service = await startTestService({
        chain: { ...chain, rpcUrl: proxy.url },
        dataDir: folder.path,
        settings: { RESUBMIT_TIMEOUT_MS: '500', ...settings },
      })
    },

    async accepted(): Promise<Item> {
      const operation = createIdleAccount(random)
      return { id: await service.accept(operation), operation }
    },

    /** Submits an operation while no block is mined, and waits until its transaction is in the pool. */
    async submitted(): Promise<Item> {
      await miner.pause()
      const item = await scene.accepted()
      await service.reaches(item.id, 'submitted')
      return item
    },

    mine: () => chain.client.mine({ blocks: 1 }),

    /** Mines blocks of other senders with a tip of two gwei, which becomes the market price. */
    async payTips(): Promise<void> {
      await miner.pause()
      for (const _ of upTo(5)) {
        await sendAsStranger(chain, '0x', { tip: 2n })
        await scene.mine()
      }
    },

    /** Mines a block with a base fee above the fee of a transaction. */
    async mineAbove({ attempts }: Pick<OperationDetail, 'attempts'>): Promise<void> {
      const dearest = Math.max(...attempts.map(({ max_fee_per_gas }) => max_fee_per_gas))
      await chain.client.setNextBlockBaseFeePerGas({ baseFeePerGas: BigInt(2 * dearest) })
      await scene.mine()
    },

    /** Waits until an operation has the given number of attempts. */
    attempted: (id: string, times: number): Promise<OperationDetail> =>
      eventually(
        `${times} attempts`,
        () => service.operation(id),
        ({ attempts }) => attempts.length >= times,
      ),

    /**
     * Waits until the node has the transaction of an attempt. The record of an attempt is earlier than the broadcast.
     */
    async pooled(attempt: Parameters<typeof hashOf>[0]): Promise<void> {
      const hash = hashOf(attempt)
      await eventually(
        `${hash} to be in the pool`,
        () => chain.client.getTransaction({ hash }).catch(() => null),
        (transaction) => transaction !== null,
      )
    },

    /** Waits until an operation is included, or no longer included. */
    placed: (id: string, isIncluded: boolean): Promise<OperationDetail> =>
      eventually(
        isIncluded ? 'the inclusion' : 'the loss of the block',
        () => service.operation(id),
        ({ batch }) => (batch?.inclusion != null) === isIncluded,
      ),

    /** Checks that an operation is finalized in a single transaction on the chain, without a gap in the nonces. */
    async expectLandedOnce({ id, operation }: Item): Promise<OperationDetail> {
      const detail = await service.waitUntilTerminal(id)
      const { landings, walletNonces } = await readLedger(chain)
      expect(detail.status).toEqual({ state: 'finalized', tx_hash: landings(operation)[0]?.txHash })
      expect(landings(operation)).toHaveLength(1)
      expect(walletNonces).toEqual(upTo(walletNonces.length))
      return detail
    },

    rawTransaction: (hash: Hash): Promise<Hex> =>
      chain.client.request<{ Method: string; Parameters: [Hash]; ReturnType: Hex }>({
        method: 'eth_getRawTransactionByHash',
        params: [hash],
      }),

    /** The value of an unlabelled counter. */
    async counter(name: string): Promise<number> {
      const { body } = await service.get('/metrics')
      return Number(new RegExp(`^ops_batcher_${name} (\\d+)$`, 'm').exec(String(body))?.[1] ?? 0)
    },

    /** Waits until a counter reaches a value. */
    counts: (name: string, least: number): Promise<number> =>
      eventually(
        name,
        () => scene.counter(name),
        (count) => count >= least,
      ),
  }
  return scene
}

export function hashOf(attempt: { readonly tx_hash: string } | undefined): Hash {
  return `0x${attempt?.tx_hash.slice(2)}`
}
