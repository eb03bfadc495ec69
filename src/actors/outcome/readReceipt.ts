/** Reads receipts. */
import { type TransactionReceipt, TransactionReceiptNotFoundError } from 'viem'
import type { Hash } from '../../domain/primitives.ts'
import type { ChainClient } from '../../rpc/chainClient.ts'
import { ContradictionError } from './contradictions.ts'

/**
 * @returns null when the node has no receipt; a missing receipt does not prove a missing inclusion
 * @throws ContradictionError for a receipt without a block
 */
export async function readReceipt(client: ChainClient, hash: Hash): Promise<TransactionReceipt | null> {
  try {
    const receipt = await client.getTransactionReceipt({ hash })
    if (!hasBlock(receipt)) throw new ContradictionError(hash, 'its receipt names no block')
    return receipt
  } catch (error) {
    if (error instanceof TransactionReceiptNotFoundError) return null
    throw error
  }
}

/** Some nodes give a receipt before the transaction has a block, against the declared type. */
function hasBlock({ blockHash }: { readonly blockHash: Hash | null }): boolean {
  return blockHash !== null
}
