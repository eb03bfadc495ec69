/** Reads the market's fees for the next block. */
import type { MarketFees } from '../../domain/chain.ts'
import { type ChainClient, isUnavailable } from '../../rpc/chainClient.ts'

/** Number of recent blocks for the tip. */
const FEE_HISTORY_BLOCKS = 5

/** Lowest tip in wei per gas. A pool wants a replacement to raise the tip, and no factor raises zero. */
const MIN_PRIORITY_FEE = 1

/**
 * The base fee of the next block, and the tip: the median of recent tips, or the node's suggestion if that is higher.
 * @param percentile of the tips within each block, 0 to 100
 * @throws viem's error when the chain does not answer
 */
export async function readMarketFees(client: ChainClient, percentile: number): Promise<MarketFees> {
  const [history, suggested] = await Promise.all([
    client.getFeeHistory({
      blockCount: FEE_HISTORY_BLOCKS,
      rewardPercentiles: [percentile],
      blockTag: 'latest',
    }),
    suggestedTip(client),
  ])
  const tips = (history.reward ?? []).map(([tip]) => Number(tip ?? 0n)).sort((a, b) => a - b)
  return {
    baseFee: Number(history.baseFeePerGas.at(-1) ?? 0n),
    priorityFee: Math.max(MIN_PRIORITY_FEE, suggested, tips[Math.floor(tips.length / 2)] ?? 0),
  }
}

/** The tip that the node suggests; zero without a suggestion. Its pool may refuse a lower tip, even if recent blocks paid less. */
async function suggestedTip(client: ChainClient): Promise<number> {
  try {
    return Number(await client.request({ method: 'eth_maxPriorityFeePerGas' }))
  } catch (error) {
    if (isUnavailable(error)) throw error
    return 0
  }
}
