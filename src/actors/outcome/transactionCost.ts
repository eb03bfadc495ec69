/** Reads from a receipt what a transaction has cost. */
import type { TransactionReceipt } from 'viem'
import type { TransactionCost } from '../../domain/cost.ts'

/** Only rollups of the OP stack have these fields. viem's general chain does not know them, and keeps the hexadecimal text. */
type RollupReceipt = TransactionReceipt & {
  readonly l1Fee?: unknown
  /** Since the upgrade Isthmus. */
  readonly operatorFeeScalar?: unknown
  readonly operatorFeeConstant?: unknown
  /** Since the upgrade Jovian. */
  readonly daFootprintGasScalar?: unknown
}

export function costOf(receipt: TransactionReceipt): TransactionCost {
  const { gasUsed, effectiveGasPrice } = receipt
  return {
    effectiveGasPrice: Number(effectiveGasPrice),
    gasFee: String(gasUsed * effectiveGasPrice),
    l1Fee: amountOf(receipt, 'l1Fee')?.toString() ?? null,
    operatorFee: operatorFee(receipt)?.toString() ?? null,
  }
}

/** Isthmus counts the scalar in millionths of a wei per gas, and Jovian in hundreds of wei per gas. */
function operatorFee(receipt: TransactionReceipt): bigint | null {
  const scalar = amountOf(receipt, 'operatorFeeScalar')
  const constant = amountOf(receipt, 'operatorFeeConstant')
  if (scalar === null && constant === null) return null
  const scaled = receipt.gasUsed * (scalar ?? 0n)
  const isJovian = amountOf(receipt, 'daFootprintGasScalar') !== null
  return (isJovian ? scaled * 100n : scaled / 1_000_000n) + (constant ?? 0n)
}

function amountOf(
  receipt: RollupReceipt,
  field: 'l1Fee' | 'operatorFeeScalar' | 'operatorFeeConstant' | 'daFootprintGasScalar',
): bigint | null {
  const value = receipt[field]
  const isHex = typeof value === 'string' && /^0x[0-9a-f]+$/i.test(value)
  return isHex || typeof value === 'bigint' || typeof value === 'number' ? BigInt(value) : null
}
