/**
 * The view of a node that lags behind, made from the state of the real node at an older block. The node accepts
 * transactions, and knows no block, receipt or log above its head.
 */
import { errorReply, type Node, type Reply, type RpcCall, resultReply } from './rpc.ts'

type Quantity = `0x${string}`

/** The position of the block parameter, by method. */
const BLOCK_PARAMETER: Readonly<Record<string, number>> = {
  eth_call: 1,
  eth_feeHistory: 1,
  eth_getBalance: 1,
  eth_getCode: 1,
  eth_getTransactionCount: 1,
}

/** Methods with an object of a single block as result, and the field of the block number. */
const OF_A_BLOCK: Readonly<Record<string, 'blockNumber' | 'number'>> = {
  eth_getTransactionReceipt: 'blockNumber',
  eth_getTransactionByHash: 'blockNumber',
  eth_getBlockByHash: 'number',
}

/**
 * @param behind number of blocks
 * @returns null for a method that every node answers alike
 */
export async function lagging(call: RpcCall, node: Node, behind: number): Promise<Reply | null> {
  const newest = Math.max(0, Number(await node.ask<Quantity>('eth_blockNumber')) - behind)
  const { method, params } = call
  if (method === 'eth_blockNumber') return resultReply(call, toQuantity(newest))
  if (method === 'eth_getBlockByNumber') return block(call, node, newest)
  if (method === 'eth_getLogs') return logs(call, node, newest)
  const field = OF_A_BLOCK[method]
  if (field !== undefined) {
    const found = await node.ask<{ readonly [K in typeof field]?: Quantity | null } | null>(method, params)
    const number = found?.[field] ?? null
    return resultReply(call, number !== null && Number(number) <= newest ? found : null)
  }
  if (method === 'debug_traceTransaction') {
    const [hash] = params
    const receipt = await node.ask<{ readonly blockNumber: Quantity } | null>('eth_getTransactionReceipt', [
      hash,
    ])
    const isKnown = receipt !== null && Number(receipt.blockNumber) <= newest
    return isKnown ? null : errorReply(call, -32000, 'transaction not found')
  }
  const position = BLOCK_PARAMETER[method]
  if (position === undefined) return null
  const hash = hashIn(params[position])
  if (hash !== null) {
    return (await isNewer(node, hash, newest)) ? errorReply(call, -32000, 'header for hash not found') : null
  }
  const number = numberOf(params[position], newest)
  if (number > newest) return errorReply(call, -32000, 'header not found')
  const then = params.with(position, toQuantity(number))
  if (method === 'eth_feeHistory') return feeHistory(call, node, { then, number })
  return node.pass({ ...call, params: then })
}

/** The test node returns the newest block's next base fee for any block. */
async function feeHistory(
  call: RpcCall,
  node: Node,
  { then, number }: { readonly then: readonly unknown[]; readonly number: number },
): Promise<Reply> {
  const history = await node.ask<{ readonly baseFeePerGas: readonly Quantity[] }>(call.method, then)
  const next = await node.ask<{ readonly baseFeePerGas: Quantity } | null>('eth_getBlockByNumber', [
    toQuantity(number + 1),
    false,
  ])
  const fees = next === null ? history.baseFeePerGas : history.baseFeePerGas.with(-1, next.baseFeePerGas)
  return resultReply(call, { ...history, baseFeePerGas: fees })
}

async function block(call: RpcCall, node: Node, newest: number): Promise<Reply> {
  const [tag, ...rest] = call.params
  const number = numberOf(tag, newest)
  if (number > newest) return resultReply(call, null)
  return node.pass({ ...call, params: [toQuantity(number), ...rest] })
}

async function logs(call: RpcCall, node: Node, newest: number): Promise<Reply> {
  const [filter] = call.params as readonly [{ readonly fromBlock?: string; readonly toBlock?: string }]
  const hash = hashIn(filter)
  if (hash !== null) {
    return (await isNewer(node, hash, newest)) ? errorReply(call, -32000, 'unknown block') : node.pass(call)
  }
  const from = numberOf(filter.fromBlock, newest)
  const to = Math.min(newest, numberOf(filter.toBlock, newest))
  if (from > to) return resultReply(call, [])
  return node.pass({ ...call, params: [{ ...filter, fromBlock: toQuantity(from), toBlock: toQuantity(to) }] })
}

/** The hash in a block parameter by hash, EIP-1898; null for a number or tag. */
function hashIn(parameter: unknown): string | null {
  const isByHash = typeof parameter === 'object' && parameter !== null && 'blockHash' in parameter
  return isByHash ? String(parameter.blockHash) : null
}

/** True for a block above the view of the node that is behind. For an unknown block the node answers itself. */
async function isNewer(node: Node, hash: string, newest: number): Promise<boolean> {
  const block = await node.ask<{ readonly number: Quantity } | null>('eth_getBlockByHash', [hash, false])
  return block !== null && Number(block.number) > newest
}

/** The number of a block parameter; every tag means the newest block of the node. */
function numberOf(parameter: unknown, newest: number): number {
  if (parameter === 'earliest') return 0
  return typeof parameter === 'string' && parameter.startsWith('0x') ? Number(parameter) : newest
}

function toQuantity(number: number): Quantity {
  return `0x${number.toString(16)}`
}
