/** The methods that a node answers from its memory or its database. Their durations show how fast an endpoint is. */
const LIGHT: ReadonlySet<string> = new Set([
  'eth_blockNumber',
  'eth_chainId',
  'eth_feeHistory',
  'eth_gasPrice',
  'eth_getBalance',
  'eth_getBlockByHash',
  'eth_getBlockByNumber',
  'eth_getCode',
  'eth_getTransactionByHash',
  'eth_getTransactionCount',
  'eth_getTransactionReceipt',
  'eth_maxPriorityFeePerGas',
])

/** Whether a method executes no code, searches no logs and sends no transaction. */
export function isLight(method: string): boolean {
  return LIGHT.has(method)
}
