/** A bare node for a test: anvil without contracts, for a fast start, and a client that controls the node. */
import { createPublicClient, createTestClient, custom, http, publicActions, walletActions } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { foundry } from 'viem/chains'
import { startAnvil } from '../../src/devnet/anvil.ts'
import type { ChainClient } from '../../src/rpc/chainClient.ts'
import { createHttpLink } from '../../src/rpc/httpLink.ts'

/** The first default account of anvil. */
const KEY = '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80'

export interface TestNode {
  readonly rpcUrl: string
  /** Mines, reorganises, and sends from a funded account. */
  readonly client: ReturnType<typeof createClient>
  stop(): Promise<void>
}

/**
 * Mines every transaction at once, unless automine is switched off. There are no other blocks.
 * @param forkUrl a node whose chain the new node forks at the current head
 */
export async function startNode(options: { chainId?: number; forkUrl?: string } = {}): Promise<TestNode> {
  const { chainId = foundry.id, forkUrl } = options
  const fork = forkUrl === undefined ? [] : ['--fork-url', forkUrl]
  const anvil = await startAnvil({ args: ['--port', '0', '--chain-id', `${chainId}`, ...fork] })
  const rpcUrl = `http://127.0.0.1:${anvil.port}`
  return { rpcUrl, client: createClient(rpcUrl), stop: anvil.stop }
}

function createClient(rpcUrl: string) {
  return createTestClient({
    mode: 'anvil',
    account: privateKeyToAccount(KEY),
    chain: foundry,
    transport: http(rpcUrl),
    pollingInterval: 20,
    cacheTime: 0,
  })
    .extend(publicActions)
    .extend(walletActions)
}

/** The client of an endpoint, without health: it asks the node in every state. */
export function plainClient(rpcUrl: string): ChainClient {
  const link = createHttpLink(rpcUrl, new URL(rpcUrl).host)
  const request = (call: { method: string; params?: unknown }) => link.request(call, 30_000)
  return createPublicClient({ transport: custom({ request }, { retryCount: 0 }), cacheTime: 0 })
}
