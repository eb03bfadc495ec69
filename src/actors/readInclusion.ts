/** Looks for a nonce's transactions in the chain, and for a stranger that has taken the nonce. */
import { isAddressEqual, type TransactionReceipt, TransactionReceiptNotFoundError } from 'viem'
import type { Inclusion } from '../domain/batch.ts'
import type { Address, Hash } from '../domain/primitives.ts'
import type { InclusionReport } from '../machines/pendingBatch/context.ts'
import { type ChainClient, isTemporary } from '../rpc/chainClient.ts'

export interface InclusionQuestion {
  /** Every transaction that was signed for the nonce. */
  readonly hashes: readonly Hash[]
  readonly nonce: number
  /** Depth at which a consumed nonce counts, in blocks. */
  readonly confirmations: number
}

/** Blocks that are searched for what consumed a nonce: nodes without an archive know the state of about as many. */
const LOOK_BACK = 120

/**
 * Looks for any of a nonce's transactions in the chain. A missing receipt proves nothing: when the nonce is consumed all
 * the same, the block that consumed it tells by which transaction.
 * @throws viem's error when the chain does not answer
 */
export async function readInclusion(
  client: ChainClient,
  wallet: Address,
  { hashes, nonce, confirmations }: InclusionQuestion,
): Promise<InclusionReport> {
  const [receipts, head] = await Promise.all([
    Promise.all(hashes.map((hash) => receiptOf(client, hash))),
    client.getBlockNumber({ cacheTime: 0 }),
  ])
  const blockNumber = Number(head)
  const receipt = receipts.find((candidate) => candidate !== null)
  if (receipt) return { inclusion: inclusionOf(receipt), consumedBy: null, blockNumber }
  const consumer = await findConsumer(client, wallet, nonce, Math.max(0, blockNumber - confirmations))
  if (consumer === null || consumer === 'unknown')
    return { inclusion: null, consumedBy: consumer, blockNumber }
  return hashes.includes(consumer.txHash)
    ? { inclusion: consumer, consumedBy: null, blockNumber }
    : { inclusion: null, consumedBy: consumer.txHash, blockNumber }
}

/**
 * The transaction that has consumed a nonce.
 * @param upTo number of the newest block that counts
 * @returns null when none has; `unknown` when it is so long ago that the node has forgotten
 */
async function findConsumer(
  client: ChainClient,
  wallet: Address,
  nonce: number,
  upTo: number,
): Promise<Inclusion | 'unknown' | null> {
  const isConsumedAt = async (block: number) => {
    try {
      return (await client.getTransactionCount({ address: wallet, blockNumber: BigInt(block) })) > nonce
    } catch (error) {
      if (isTemporary(error)) throw error
      // The node keeps no state that old: the search goes on in what it keeps, and the block found there tells.
      return false
    }
  }
  if (!(await isConsumedAt(upTo))) return null
  // The nonce is consumed in the state of block `consumed`, and was not in that of block `free`, as far as is known.
  let free = Math.max(-1, upTo - LOOK_BACK)
  let consumed = upTo
  while (consumed - free > 1) {
    const middle = Math.floor((free + consumed) / 2)
    if (await isConsumedAt(middle)) consumed = middle
    else free = middle
  }
  const block = await client.getBlock({ blockNumber: BigInt(consumed), includeTransactions: true })
  const found = block.transactions.find((tx) => isAddressEqual(tx.from, wallet) && tx.nonce === nonce)
  return found === undefined
    ? 'unknown'
    : { txHash: found.hash, blockNumber: consumed, blockHash: block.hash }
}

function inclusionOf({ transactionHash, blockNumber, blockHash }: TransactionReceipt): Inclusion {
  return { txHash: transactionHash, blockNumber: Number(blockNumber), blockHash }
}

/** A transaction's receipt; null when the node has none, which is no evidence of anything. */
export async function receiptOf(client: ChainClient, hash: Hash): Promise<TransactionReceipt | null> {
  try {
    return await client.getTransactionReceipt({ hash })
  } catch (error) {
    if (error instanceof TransactionReceiptNotFoundError) return null
    throw error
  }
}
