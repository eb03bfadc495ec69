/** What transactions and operations have cost, to the wei. */
import type { OperationId } from './operation.ts'
import type { DurationMs, Wei, WeiPerGas } from './primitives.ts'

/** The cost of an included transaction, or the share of an operation. */
export interface Cost {
  /** Fee for the gas: base fee and tip. */
  readonly gasFee: Wei
  /** Fee of a rollup for the data on L1; null on other chains. */
  readonly l1Fee: Wei | null
  /** Fee of a rollup for its operator, since the upgrade Isthmus of the OP stack; null on other chains. */
  readonly operatorFee: Wei | null
}

/** The cost of an included transaction, from its receipt. */
export interface TransactionCost extends Cost {
  /** Price of a unit of gas: base fee and tip. */
  readonly effectiveGasPrice: WeiPerGas
}

/** The cost of an included transaction, divided between its operations. */
export interface DividedCost extends TransactionCost {
  /**
   * The shares, by operation id. They sum up to the cost. Empty for a cancel, also for one that fills a gap: its cost is
   * overhead.
   */
  readonly shares: Readonly<Record<OperationId, Cost>>
}

/** How long the balance of the wallet lasts if the wallet spends on as in the last hour. */
export interface Runway {
  readonly duration: DurationMs
  /** Cost of all transactions settled in the last hour, cancels included. */
  readonly spent: Wei
}

export function totalCost({ gasFee, l1Fee, operatorFee }: Cost): Wei {
  return String(BigInt(gasFee) + BigInt(l1Fee ?? 0) + BigInt(operatorFee ?? 0))
}

/** @returns null for no costs */
export function sumCosts(costs: readonly Cost[]): Cost | null {
  if (costs.length === 0) return null
  return {
    gasFee: sumWei(costs.map(({ gasFee }) => gasFee)) ?? '0',
    l1Fee: sumWei(costs.map(({ l1Fee }) => l1Fee)),
    operatorFee: sumWei(costs.map(({ operatorFee }) => operatorFee)),
  }
}

/** @returns null if every amount is null */
function sumWei(amounts: readonly (Wei | null)[]): Wei | null {
  const known = amounts.filter((amount) => amount !== null)
  return known.length === 0 ? null : String(known.reduce((sum, amount) => sum + BigInt(amount), 0n))
}
