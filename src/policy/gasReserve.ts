/**
 * The reserve of a gas limit, learnt from what batches really used.
 *
 * A simulation on top of our batches in flight is exact, unless somebody else changes the state before the block. Then a
 * create may open new subtrees of the Merkle tree: each node that was never written costs 17,100 gas more than a node that
 * is overwritten. Where nobody else changes the state, the reserve gets small. When a batch uses more gas than in its
 * simulation, the reserve is wide again at once.
 */
import type { OperationKind } from '../domain/operation.ts'
import type { Gas } from '../domain/primitives.ts'

/** The reserve of a batch with operations of the kind; absent before the first lesson. */
export type GasReserve = Readonly<Record<OperationKind, Gas>>

/** What an included batch has used. */
export interface GasUsage {
  /** Kinds of its operations, without repetition. */
  readonly kinds: readonly OperationKind[]
  /** The gas of the transaction by its simulation, without a margin, and its extra reserve (`SimulationReport`). */
  readonly expected: Gas
  readonly extraReserve: Gas
  readonly used: Gas
  /** False if an operation failed: such a batch may use less gas than in simulation. */
  readonly isComplete: boolean
}

/** The reserve before the first lesson, and the least reserve after a surprise: nearly nine new nodes. */
export const START_RESERVE: Gas = 150_000

/** The least reserve. The simulation is exact while nobody else changes the state, so a small reserve is enough. */
const LEAST_RESERVE = 2_000

/** The greatest reserve: a leaf in a tree of a million leaves opens at most 20 nodes. */
const GREATEST_RESERVE = 400_000

/**
 * What a measurement may lack if the calls ahead ran in the same transaction: each of about 34 slots that both use (the upper
 * nodes of the tree, counters) then costs 4,900 gas less. Measured: 167,000 gas.
 */
export const SHARED_SLOTS_GAS: Gas = 200_000

/** What a measurement may lack if the calls ahead did not run: the gas of 20 new nodes, and more. */
export const UNSEEN_CALLS_GAS: Gas = 400_000

/** Part of the reserve that each batch without a surprise takes away. */
const NARROWING = 1 / 8

/** Factor from the gas of a surprise to the next reserve. */
const WIDENING = 2

export const startReserve: GasReserve = {}

/** The reserve of a batch: the widest of its kinds. */
export function reserveOf(reserve: GasReserve, kinds: Iterable<OperationKind>): Gas {
  return Math.max(LEAST_RESERVE, ...[...kinds].map((kind) => reserve[kind] ?? START_RESERVE))
}

/**
 * The reserve after a batch. Only a batch with an exact simulation and without failed operations narrows the reserve: another
 * batch uses less gas than expected for other reasons.
 */
export function learnReserve(reserve: GasReserve, usage: GasUsage): GasReserve {
  const surprise = usage.used - usage.expected
  if (surprise > usage.extraReserve) {
    const wide = Math.min(GREATEST_RESERVE, Math.max(START_RESERVE, WIDENING * surprise))
    return withKinds(reserve, usage.kinds, (before) => Math.max(before, wide))
  }
  if (usage.extraReserve > 0 || !usage.isComplete) return reserve
  return withKinds(reserve, usage.kinds, (before) =>
    Math.max(LEAST_RESERVE, Math.floor(before * (1 - NARROWING))),
  )
}

function withKinds(
  reserve: GasReserve,
  kinds: readonly OperationKind[],
  change: (before: Gas) => Gas,
): GasReserve {
  return {
    ...reserve,
    ...Object.fromEntries(kinds.map((kind) => [kind, change(reserve[kind] ?? START_RESERVE)])),
  }
}
