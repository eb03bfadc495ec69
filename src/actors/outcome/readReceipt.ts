/** Reads receipts. */
import { type TransactionReceipt, TransactionReceiptNotFoundError } from 'viem'
import type { Hash } from '../../domain/primitives.ts'
import type { ChainClient } from '../../rpc/chainClient.ts'

/** @returns null when the node has no receipt; a missing receipt does not prove a missing inclusion */
export async function readReceipt(client: ChainClient, hash: Hash): Promise<TransactionReceipt | null> {
  try {
    return await client.getTransactionReceipt({ hash })
  } catch (error) {
    if (error instanceof TransactionReceiptNotFoundError) return null
    throw error
  }
}
