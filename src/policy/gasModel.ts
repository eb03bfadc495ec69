/**
 * Expected gas of operations, learnt from the measured gas of batches.
 *
 * The gas of a kind in a batch is a line: `base` once, for costs of the first operation (cold storage slots, the upper
 * part of the Merkle tree, the fold of creates), and `each` for every operation. The starting estimate fixes the shape of
 * the line. Measurements change one factor per kind. A batch of any size is a sample of this factor, and base and
 * marginal gas cannot drift apart.
 */
import type { OperationKind } from '../domain/operation.ts'
import type { Gas } from '../domain/primitives.ts'

interface KindGas {
  /** Gas once per batch with the kind. */
  readonly base: Gas
  /** Gas of every operation of the kind. */
  readonly each: Gas
  /** Size of the calldata of a fold without operations, in bytes; null for a kind that is not folded. */
  readonly foldBytes: number | null
}

/** A kind that the registry does not have: an earlier version of the registry had it, and its operations wait for a verdict. */
const UNKNOWN_KIND: KindGas = { base: 0, each: 500_000, foldBytes: null }

export interface GasModel {
  /** Starting estimates. */
  readonly start: Readonly<Record<OperationKind, KindGas>>
  /** Gas of an operation of a kind that is not measured yet; null for the starting estimate of its kind. */
  readonly unmeasured: Gas | null
  /** Measured gas divided by estimated gas, smoothed; absent before the first measurement. */
  readonly factor: Readonly<Record<OperationKind, number>>
}

/** Weight of a further measurement. Ten batches make up nine tenths of the factor. */
const SMOOTHING = 0.2

/** Bounds of the factor: one absurd measurement must not empty or overfill the batches. */
const LEAST_FACTOR = 1 / 4
const GREATEST_FACTOR = 4

/**
 * @param start estimated gas of each kind
 * @param unmeasured gas of an operation of any kind until the kind is measured; null for the estimates
 */
export function gasModel(start: GasModel['start'], unmeasured: Gas | null = null): GasModel {
  return { start, unmeasured, factor: {} }
}

/** The starting estimate of a kind. */
export function startOf({ start }: GasModel, kind: OperationKind): KindGas {
  return start[kind] ?? UNKNOWN_KIND
}

/**
 * Expected gas of a further operation in a batch.
 * @param isFirst true if the batch has no other operation of the kind
 */
export function marginalGas(model: GasModel, kind: OperationKind, isFirst: boolean): Gas {
  const factor = model.factor[kind]
  if (factor === undefined && model.unmeasured !== null) return model.unmeasured
  const { base, each } = startOf(model, kind)
  return Math.ceil((factor ?? 1) * (isFirst ? base + each : each))
}

/**
 * The model after the measurement of one kind in one batch. The first measurement replaces the starting value, whose error is
 * unknown.
 * @param operations number of successful operations of the kind; 0 changes nothing
 * @param gas total gas of their calls
 */
export function observeGas(model: GasModel, kind: OperationKind, operations: number, gas: Gas): GasModel {
  if (operations === 0) return model
  const { base, each } = startOf(model, kind)
  const observed = clamp(gas / (base + each * operations), LEAST_FACTOR, GREATEST_FACTOR)
  const before = model.factor[kind] ?? observed
  const factor = before + SMOOTHING * (observed - before)
  return { ...model, factor: { ...model.factor, [kind]: factor } }
}

function clamp(value: number, least: number, greatest: number): number {
  return Math.min(greatest, Math.max(least, value))
}
