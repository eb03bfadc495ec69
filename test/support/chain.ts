/**
 * The local chain of `src/devnet` for one test file, with a client for all needs of a test.
 */
import { createTestClient, defineChain, http, publicActions, walletActions } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { type Devnet, type DevnetOptions, startDevnet } from '../../src/devnet/devnet.ts'

export interface TestChain extends Devnet {
  /**
   * Reads, sends from the dev wallet, mines, takes snapshots, sets base fees, impersonates. If each transaction is
   * mined at once, send with the `...Sync` actions: `waitForTransactionReceipt` may wait without end for the next
   * block.
   */
  readonly client: ReturnType<typeof createClient>
}

/** Starts a chain on a free port. Without a block time the chain mines each transaction at once, unlike a devnet. */
export async function startTestChain(options: DevnetOptions = {}): Promise<TestChain> {
  const devnet = await startDevnet({ blockTimeSeconds: 0, ...options })
  return { ...devnet, client: createClient(devnet) }
}

function createClient({ rpcUrl, chainId, walletPrivateKey }: Devnet) {
  const chain = defineChain({
    id: chainId,
    name: 'Test chain',
    nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
    rpcUrls: { default: { http: [rpcUrl] } },
  })
  return createTestClient({
    mode: 'anvil',
    account: privateKeyToAccount(walletPrivateKey),
    chain,
    transport: http(rpcUrl),
    pollingInterval: 20,
    cacheTime: 0,
  })
    .extend(publicActions)
    .extend(walletActions)
}

/** Replaces the newest blocks by empty blocks. Their transactions are lost until a rebroadcast. */
export async function reorganise({ client }: Pick<TestChain, 'client'>, depth: number): Promise<void> {
  await client.request<{ Method: 'anvil_reorg'; Parameters: [number, unknown[]]; ReturnType: null }>({
    method: 'anvil_reorg',
    params: [depth, []],
  })
}
