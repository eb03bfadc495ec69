/** Faults of a node whose index is behind, or which lacks a method. */
import { errorReply, type Node, type Reply, type RpcCall, resultReply } from './rpc.ts'

const RECEIPT = 'eth_getTransactionReceipt'

/** The logs of the newest transactions are not indexed yet. The receipt has its bloom filter, and no logs. */
export async function withoutLogs(call: RpcCall, node: Node): Promise<Reply | null> {
  if (call.method === 'eth_getLogs') return resultReply(call, [])
  const receipt = await node.ask<object | null>(RECEIPT, call.params)
  return receipt === null ? null : resultReply(call, { ...receipt, logs: [] })
}

/** The receipt does not name its block yet. */
export async function withoutBlock(call: RpcCall, node: Node): Promise<Reply | null> {
  const receipt = await node.ask<object | null>(RECEIPT, call.params)
  return receipt === null ? null : resultReply(call, { ...receipt, blockHash: null })
}

export async function stillIndexing(call: RpcCall): Promise<Reply> {
  return errorReply(call, -32000, 'transaction indexing is in progress')
}

/** @param strength 0 for a node without the method, 1 for a node that answers null */
export async function withoutFeeHistory(
  call: RpcCall,
  _: Node,
  { strength }: { readonly strength: number },
): Promise<Reply> {
  return strength === 0
    ? errorReply(call, -32601, `the method ${call.method} does not exist/is not available`)
    : resultReply(call, null)
}

/** A node behind a load balancer counts transactions up to its own newest block, whatever block is asked for. */
export async function laggingNonce(
  call: RpcCall,
  node: Node,
  { strength }: { readonly strength: number },
): Promise<Reply> {
  const [address, tag] = call.params
  const newest = Math.max(0, Number(await node.ask<string>('eth_blockNumber')) - strength)
  const asked = typeof tag === 'string' && tag.startsWith('0x') ? Number(tag) : newest
  return node.pass({ ...call, params: [address, `0x${Math.min(newest, asked).toString(16)}`] })
}

/** A call of more bytes gets no answer. Nodes and load balancers differ in what they say: the limit decides. */
export async function tooHeavy(
  call: RpcCall,
  _: Node,
  { strength: limit }: { readonly strength: number },
): Promise<Reply | null> {
  const [{ data = '0x' }] = call.params as readonly [{ readonly data?: string }]
  if ((data.length - 2) / 2 <= limit) return null
  if (limit % 3 === 0) return { type: 'silence' }
  return limit % 3 === 1
    ? errorReply(call, -32005, 'request payload size exceeds limit')
    : { type: 'answer', status: 504, body: '<html>Gateway Timeout</html>' }
}
