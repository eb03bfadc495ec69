/**
 * Contradictions between answers of a node. For a moment a node may show a receipt without its logs, or a block without
 * one of its transactions. Then the answers prove nothing, and the question is asked again later.
 */
import type { TransactionReceipt } from 'viem'
import type { Hash } from '../../domain/primitives.ts'
import { isLogMissing } from '../../evm/logsBloom.ts'

/** Gas of a transaction without any effect. No transaction uses less. */
const LEAST_GAS = 21_000n

/** The evidence about a transaction contradicts itself: nothing is known yet. */
export class ContradictionError extends Error {
  override readonly name = 'ContradictionError'

  constructor(hash: Hash, contradiction: string) {
    super(`contradicting evidence about transaction ${hash}: ${contradiction}`)
  }
}

/**
 * Checks a receipt against itself and against its block.
 * @throws ContradictionError
 */
export function checkReceipt(
  receipt: TransactionReceipt,
  block: { readonly transactions: readonly Hash[] },
): void {
  const { transactionHash, logsBloom, logs, gasUsed } = receipt
  const fail = (contradiction: string) => {
    throw new ContradictionError(transactionHash, contradiction)
  }
  if (!block.transactions.includes(transactionHash)) fail('its block does not list the transaction')
  if (gasUsed < LEAST_GAS) fail(`its receipt shows ${gasUsed} gas, less than any transaction uses`)
  if (isLogMissing(logsBloom, logs)) fail('its receipt lacks logs that the bloom filter shows')
}
