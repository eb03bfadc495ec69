/** Reads the market's fees for the next block. */
import { BaseError, numberToHex } from 'viem'
import type { MarketFees } from '../../domain/chain.ts'
import { type ChainClient, isUnavailable } from '../../rpc/chainClient.ts'
import { quantity } from './quantities.ts'

/** Number of recent blocks for the tip. */
const FEE_HISTORY_BLOCKS = 5

/** Lowest tip in wei per gas. A pool wants a replacement to raise the tip, and no factor raises zero. */
const MIN_PRIORITY_FEE = 1

/**
 * The base fee of the next block, and the tip: the median of recent tips, or the node's suggestion if that is higher. The base fee
 * is never below that of the head, whose successor costs at least seven eighths of it: a fee history may be cached.
 * @param percentile of the tips within each block, 0 to 100
 * @throws viem's error when the chain does not answer
 */
export async function readMarketFees(client: ChainClient, percentile: number): Promise<MarketFees> {
  const [history, suggested, head] = await Promise.all([
    optional(readFeeHistory(client, percentile)),
    optional(readNumber(client, 'eth_maxPriorityFeePerGas')),
    client.getBlock({ blockTag: 'latest' }),
  ])
  const headBaseFee = Number(head.baseFeePerGas ?? 0n)
  const tip = suggested ?? (history === null ? await tipInGasPrice(client, headBaseFee) : 0)
  return {
    baseFee: Math.max(headBaseFee, history?.baseFee ?? 0),
    priorityFee: Math.max(MIN_PRIORITY_FEE, tip, history?.priorityFee ?? 0),
  }
}

/** The part of the node's gas price above the base fee. */
async function tipInGasPrice(client: ChainClient, baseFee: number): Promise<number> {
  return (await readNumber(client, 'eth_gasPrice')) - baseFee
}

async function readNumber(
  client: ChainClient,
  method: 'eth_maxPriorityFeePerGas' | 'eth_gasPrice',
): Promise<number> {
  return Number(quantity(method, await client.request({ method })))
}

/** The last base fee, which is that of the next block, and the median tip. @throws Error for an unusable answer */
export async function readFeeHistory(client: ChainClient, percentile: number): Promise<MarketFees> {
  const method = 'eth_feeHistory'
  // Not viem's type: a proxy may answer null, or leave fields out.
  const history: { readonly baseFeePerGas?: unknown; readonly reward?: unknown } | null =
    await client.request({
      method,
      params: [numberToHex(FEE_HISTORY_BLOCKS), 'latest', [percentile]],
    })
  const next = listOf(history?.baseFeePerGas).at(-1)
  const tips = listOf(history?.reward).map((tips) => Number(quantity(method, listOf(tips)[0] ?? '0x0')))
  const median = tips.sort((a, b) => a - b)[Math.floor(tips.length / 2)]
  return { baseFee: Number(quantity(method, next)), priorityFee: median ?? 0 }
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

/** @returns null if the node lacks the method, or its answer is unusable. @throws viem's error when the chain does not answer */
async function optional<T>(reading: Promise<T>): Promise<T | null> {
  try {
    return await reading
  } catch (error) {
    if (error instanceof BaseError && isUnavailable(error)) throw error
    return null
  }
}
