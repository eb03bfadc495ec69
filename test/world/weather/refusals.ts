/** Refusals of a pool besides the rules of the chain, in the words of real nodes (geth, unless noted). */
import { formatEther } from 'viem'
import type { Gas } from '../../../src/domain/primitives.ts'
import type { Transaction } from '../chain/block.ts'
import type { RefusalFault } from '../faults.ts'

/** A transaction that is sent to a pool. */
export interface Offer {
  readonly transaction: Transaction
  /** Length of the signed bytes. */
  readonly size: number
  /** Nonces of the sender's other transactions in the pool. */
  readonly waiting: readonly number[]
  /** Of the sender, in wei. */
  readonly balance: bigint
}

/** @returns null when the pool has no objection */
type Objection = (offer: Offer, strength: number) => string | null

export const REFUSALS: Readonly<Record<RefusalFault, Objection>> = {
  underpriced: () => 'transaction underpriced',

  feeCap({ transaction }, milliether) {
    const cap = BigInt(milliether) * 10n ** 15n
    const fee = mostFee(transaction)
    return fee > cap
      ? `tx fee (${inEther(fee)} ether) exceeds the configured cap (${inEther(cap)} ether)`
      : null
  },

  gasCap: ({ transaction: { gas } }, cap: Gas) =>
    gas > cap ? `transaction gas limit too high (cap: ${cap}, tx: ${gas})` : null,

  sizeCap: ({ size }, limit) =>
    size > limit ? `oversized data: transaction size ${size}, limit ${limit}` : null,

  fullPool: () => 'txpool is full',

  accountLimit: ({ transaction: { nonce }, waiting }, most) =>
    waiting.length >= most && !waiting.includes(nonce)
      ? `account limit exceeded: pooled ${waiting.length} txs`
      : null,

  /** On OP-stack chains the L1 data fee counts too, and it changes from block to block. */
  l1Fee({ transaction, balance }) {
    const cost = balance + mostFee(transaction)
    return `insufficient funds for gas * price + value: balance ${balance}, tx cost ${cost}, overshot ${cost - balance}`
  },

  /** No known node has these words. */
  strangeRefusal: () => 'rule 7 of this endpoint forbids the transaction',
}

/** The refusals that a higher price answers. */
export const PRICE_REFUSALS: readonly string[] = [
  'transaction underpriced',
  'replacement transaction underpriced',
  'max fee per gas less than block base fee',
]

function mostFee({ gas, maxFeePerGas }: Transaction): bigint {
  return BigInt(gas) * BigInt(maxFeePerGas)
}

/** Rounded to two decimals, as geth prints it. */
function inEther(wei: bigint): string {
  return Number(formatEther(wei)).toFixed(2)
}
