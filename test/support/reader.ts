/** The chain as an effect is given it: one endpoint, and no call is tried twice. */
import { createPublicClient, http } from 'viem'
import type { TestChain } from './chain.ts'

/** @param url where to ask, when that is not the chain itself */
export function readerOf({ client, rpcUrl }: Pick<TestChain, 'client' | 'rpcUrl'>, url = rpcUrl) {
  return createPublicClient({ chain: client.chain, transport: http(url, { retryCount: 0 }), cacheTime: 0 })
}
