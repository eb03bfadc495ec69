/** Refusals: what a node answers when it does not accept a broadcast transaction. */

/**
 * The classes of refusals. A class decides what the batch or the wallet does next.
 *
 * - `known`: the node has these bytes already. Counts as accepted.
 * - `nonceTooLow`: the nonce is consumed.
 * - `replacement`: the pool has a transaction of this nonce, and the fee increase is too small.
 * - `underpriced`: a fee is below the minimum of the pool.
 * - `feeBelowBlock`: the maximum fee is below the base fee.
 * - `nodeFeeCap`: gas limit times fee exceeds the fee cap of the node. A higher fee makes it worse.
 * - `funds`: the balance does not cover the transaction, or all transactions in flight.
 * - `tooLarge`: the gas limit or the bytes exceed a limit.
 * - `gasTooLow`: the gas limit is below the intrinsic or floor cost.
 * - `poolFull`: the pool has no room.
 * - `accountLimit`: the wallet has too many transactions in the pool.
 * - `nonceGap`: the node lacks a transaction with an earlier nonce.
 * - `config`: wrong chain id, type not supported, or sender not allowed. Only the operator can help.
 * - `rateLimited`: the endpoint asks for fewer requests.
 * - `transport`: no answer. The outcome is unknown.
 * - `unknown`: no pattern matches.
 */
export const REFUSAL_CLASSES = [
  'known',
  'replacement',
  'nonceTooLow',
  'nodeFeeCap',
  'tooLarge',
  'gasTooLow',
  'funds',
  'accountLimit',
  'poolFull',
  'nonceGap',
  'feeBelowBlock',
  'underpriced',
  'config',
  'rateLimited',
  'transport',
  'unknown',
] as const

export type RefusalClass = (typeof REFUSAL_CLASSES)[number]

/** The operator's patterns: regular expressions per class, compared without regard to case. */
export type RefusalPatterns = Readonly<Partial<Record<RefusalClass, readonly string[]>>>

/** One refusal by one endpoint. */
export interface Refusal {
  readonly class: RefusalClass
  /** The words of the node, in one line and without credentials. */
  readonly words: string
  /** The JSON-RPC code; null without an answer. */
  readonly code: number | null
  /** Name of the endpoint. */
  readonly endpoint: string
  /**
   * The limit that the message names: the fee cap in wei, the maximum gas or bytes, the minimum gas, or the minimum fee
   * in wei per gas. Null if the message names none.
   */
  readonly limit: number | null
}
