/** The gas budget of the next block, carved into transactions. */
import type { Gas } from '../domain/primitives.ts'

/** A rest below this share of a transaction is not used: a transaction has fixed costs, and its operations fit a later block. */
const LEAST_SHARE = 1 / 8

export interface BlockBudget {
  /** Most gas in flight towards the next block. */
  readonly target: Gas
  /** Gas limits of the batches that are not included yet. */
  readonly inFlight: Gas
  /** Most gas of one transaction on the chain. */
  readonly transactionCap: Gas
}

/**
 * The gas that the next batch may use: what the batches in flight leave of the budget, up to the size of a transaction.
 * While nothing is in flight, a batch may start however small the budget is: a single operation may exceed it.
 * @returns 0 if no batch may start
 */
export function allowanceOf({ target, inFlight, transactionCap }: BlockBudget): Gas {
  const most = Math.min(target, transactionCap)
  if (inFlight === 0) return most
  const free = Math.min(target - inFlight, transactionCap)
  return free < most * LEAST_SHARE ? 0 : free
}
