/** Reads single numbers from a node. Some proxies answer null, and viem would report only a failed conversion. */
import { type Hex, numberToHex } from 'viem'
import type { Address } from '../../domain/primitives.ts'
import type { ChainClient } from '../../rpc/chainClient.ts'

/** @param blockNumber the block whose state is read; null for the latest. @throws viem's error; Error for an unusable answer */
export async function readBalance(
  client: ChainClient,
  address: Address,
  blockNumber: bigint | null,
): Promise<bigint> {
  const result = await client.request({ method: 'eth_getBalance', params: [address, tagOf(blockNumber)] })
  return quantity('eth_getBalance', result)
}

/** The number of transactions of an account. Parameters and errors as in `readBalance`. */
export async function readNonce(
  client: ChainClient,
  address: Address,
  blockNumber: bigint | null,
): Promise<number> {
  const method = 'eth_getTransactionCount'
  return Number(quantity(method, await client.request({ method, params: [address, tagOf(blockNumber)] })))
}

/** @throws Error if the result is not a hexadecimal number */
export function quantity(method: string, result: unknown): bigint {
  if (typeof result === 'string' && /^0x[0-9a-f]+$/i.test(result)) return BigInt(result)
  throw new Error(`the node answers ${method} with ${JSON.stringify(result)} instead of a number`)
}

function tagOf(blockNumber: bigint | null): Hex | 'latest' {
  return blockNumber === null ? 'latest' : numberToHex(blockNumber)
}
