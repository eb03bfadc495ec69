/**
 * A chain of its own for a test file: the local chain of `src/devnet`, with a client that can do what a test
 * needs.
 */
import { createTestClient, defineChain, http, publicActions, walletActions } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { type Devnet, type DevnetOptions, startDevnet } from '../../src/devnet/devnet.ts'

export interface TestChain extends Devnet {
  /**
   * Reads, sends from the dev wallet, mines, takes snapshots, sets base fees, impersonates. Where each
   * transaction is mined at once, send with the `...Sync` actions: `waitForTransactionReceipt` may wait for a
   * block that never comes.
   */
  readonly client: ReturnType<typeof createClient>
}

/**
 * Starts a chain on a free port; unlike a devnet it mines each transaction at once unless a block time is
 * given.
 */
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

/** Replaces the newest blocks by empty ones; their transactions are gone, unless somebody sends them again. */
export async function reorganise({ client }: Pick<TestChain, 'client'>, depth: number): Promise<void> {
  await client.request<{ Method: 'anvil_reorg'; Parameters: [number, unknown[]]; ReturnType: null }>({
    method: 'anvil_reorg',
    params: [depth, []],
  })
}
