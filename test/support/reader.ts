/** The chain as effects receive it: one endpoint, without retries. */
import { createPublicClient, http } from 'viem'
import type { TestChain } from './chain.ts'

/** @param url of the endpoint; the chain's own by default */
export function readerOf({ client, rpcUrl }: Pick<TestChain, 'client' | 'rpcUrl'>, url = rpcUrl) {
  return createPublicClient({ chain: client.chain, transport: http(url, { retryCount: 0 }), cacheTime: 0 })
}
