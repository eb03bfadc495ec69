/** A chain for a script: the world's own, or a real node. */
import { createPublicClient, custom, type EIP1193RequestFn, RpcRequestError } from 'viem'
import { privateKeyToAddress } from 'viem/accounts'
import type { Address } from '../../../src/domain/primitives.ts'
import { MULTICALL3_ADDRESS } from '../../../src/evm/multicall.ts'
import type { ChainClient } from '../../../src/rpc/chainClient.ts'
import { domainOf } from '../../support/accounts.ts'
import { reorganise, type TestChain } from '../../support/chain.ts'
import { Chain } from '../chain/chain.ts'
import { Node } from '../chain/node.ts'
import { emptyRegistry } from '../chain/registryState.ts'
import { NodeError } from '../chain/rpcError.ts'
import { WALLET_KEY } from '../settings.ts'

export interface Bench {
  readonly client: ChainClient
  readonly registry: Address
  readonly multicall: Address
  /** Number of the block at the start of the script. */
  readonly start: bigint
  /** Includes the pending transactions in a block. */
  mine(): Promise<void>
  /** Orphans blocks and mines as many empty blocks instead. */
  reorg(depth: number): Promise<void>
}

export const WALLET = privateKeyToAddress(WALLET_KEY)

/** A real node that mines on demand. */
export async function anvilBench(chain: TestChain): Promise<Bench> {
  await chain.client.setAutomine(false)
  return {
    client: createPublicClient({
      transport: custom({ request: chain.client.request as EIP1193RequestFn }, { retryCount: 0 }),
    }),
    registry: chain.registryAddress,
    multicall: chain.multicallAddress,
    start: await chain.client.getBlockNumber(),
    mine: () => chain.client.mine({ blocks: 1 }),
    reorg: (depth) => reorganise(chain, depth),
  }
}

/** The world's chain with the setup of the real node: registry address, account and fees. */
export async function worldBench(real: TestChain): Promise<Bench> {
  const { baseFeePerGas, gasLimit, timestamp } = await real.client.getBlock()
  const chain = new Chain({
    chainId: real.chainId,
    registry: real.registryAddress,
    multicall: MULTICALL3_ADDRESS,
    domain: domainOf(real),
    gasLimit: Number(gasLimit),
    baseFee: Number(baseFeePerGas),
    timestamp: Number(timestamp),
    balances: new Map([[WALLET, await real.client.getBalance({ address: WALLET })]]),
    accounts: emptyRegistry,
    agents: new Map(),
    refusesBelowBaseFee: true,
  })
  const node = new Node(chain, {
    traces: true,
    suggestedTip: 1_000_000_000,
    stateBlocks: 128,
    tagLags: { safe: 32, finalized: 64 },
    preconfirms: true,
  })
  const mining = () => ({
    timestamp: chain.head.timestamp + 1,
    demand: { gas: 0, tip: 0, passesBy: () => false, isOutdated: false },
    deposit: null,
  })
  const request = async ({ method, params }: { readonly method: string; readonly params?: unknown }) => {
    try {
      return node.answer(method, Array.isArray(params) ? params : [], { head: chain.head, refusal: null })
    } catch (error) {
      if (!(error instanceof NodeError)) throw error
      const { code, message, data } = error
      throw new RpcRequestError({ body: { method }, url: 'world', error: { code, message, data } })
    }
  }
  return {
    client: createPublicClient({ transport: custom({ request }, { retryCount: 0 }) }),
    registry: real.registryAddress,
    multicall: MULTICALL3_ADDRESS,
    start: 0n,
    mine: async () => void chain.mine(mining()),
    reorg: async (depth) => {
      chain.reorg({
        depth,
        mined: Array.from({ length: depth }, mining),
        fateOf: () => 'lost',
      })
    },
  }
}
