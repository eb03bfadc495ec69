/** Reads from a receipt what a transaction has cost. */
import type { TransactionReceipt } from 'viem'
import type { TransactionCost } from '../../domain/batch.ts'

/** Only rollups have the field. viem's general chain does not know it, and keeps the hexadecimal text. */
type RollupReceipt = TransactionReceipt & { readonly l1Fee?: unknown }

export function costOf(receipt: TransactionReceipt): TransactionCost {
  const { l1Fee }: RollupReceipt = receipt
  const isHex = typeof l1Fee === 'string' && /^0x[0-9a-f]+$/i.test(l1Fee)
  return {
    effectiveGasPrice: Number(receipt.effectiveGasPrice),
    l1Fee: isHex || typeof l1Fee === 'bigint' ? BigInt(l1Fee).toString() : null,
  }
}
