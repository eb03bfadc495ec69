/** An orphaned branch, as shown by a node that has not followed the reorg yet. */
import { type Node, type Reply, type RpcCall, resultReply } from './rpc.ts'

type Quantity = `0x${string}`

interface Block {
  readonly number: Quantity
  readonly hash: string
  readonly transactions: readonly string[]
}

export interface Branch {
  /** The newest block of the branch. */
  readonly head: number
  /** The orphaned blocks, by number. */
  readonly blocks: ReadonlyMap<number, Block>
  /** The receipts of the orphaned blocks, by transaction. */
  readonly receipts: ReadonlyMap<string, unknown>
}

/** Reads the newest blocks, before their replacement by a reorg. */
export async function readBranch(node: Node, depth: number): Promise<Branch> {
  const head = Number(await node.ask<Quantity>('eth_blockNumber'))
  const blocks = new Map<number, Block>()
  const receipts = new Map<string, unknown>()
  for (let number = head - depth + 1; number <= head; number += 1) {
    const block = await node.ask<Block>('eth_getBlockByNumber', [`0x${number.toString(16)}`, false])
    blocks.set(number, block)
    for (const hash of block.transactions) {
      receipts.set(hash, await node.ask('eth_getTransactionReceipt', [hash]))
    }
  }
  return { head, blocks, receipts }
}

/** @returns null for a method with equal answers from every node, and for data outside the branch */
export async function onBranch(call: RpcCall, node: Node, branch: Branch): Promise<Reply | null> {
  const { method, params } = call
  const [subject] = params
  if (method === 'eth_blockNumber') return resultReply(call, `0x${branch.head.toString(16)}`)
  if (method === 'eth_getBlockByNumber') {
    const number = typeof subject === 'string' && subject.startsWith('0x') ? Number(subject) : branch.head
    if (number > branch.head) return resultReply(call, null)
    const block = branch.blocks.get(number)
    return block === undefined ? null : resultReply(call, block)
  }
  if (method === 'eth_getTransactionReceipt') {
    const orphaned = branch.receipts.get(String(subject))
    if (orphaned !== undefined) return resultReply(call, orphaned)
    const found = await node.ask<{ readonly blockNumber: Quantity } | null>(method, params)
    const isShared = found === null || Number(found.blockNumber) <= branch.head - branch.blocks.size
    return isShared ? null : resultReply(call, null)
  }
  return null
}
