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
}

export interface GasModel {
  /** Starting estimates. */
  readonly start: Readonly<Record<OperationKind, KindGas>>
  /** Measured gas divided by estimated gas, smoothed; 1 before the first measurement. */
  readonly factor: Readonly<Record<OperationKind, number>>
}

/** Weight of the newest measurement. Ten batches make up nine tenths of the factor. */
const SMOOTHING = 0.2

/** Bounds of the factor: one absurd measurement must not empty or overfill the batches. */
const LEAST_FACTOR = 1 / 4
const GREATEST_FACTOR = 4

/** @param start estimated gas of each kind */
export function gasModel(start: GasModel['start']): GasModel {
  const factor: Record<OperationKind, number> = {
    create_account: 1,
    insert_authenticator: 1,
    update_authenticator: 1,
    remove_authenticator: 1,
    recover_account: 1,
  }
  return { start, factor }
}

/**
 * Expected gas of a further operation in a batch.
 * @param isFirst true if the batch has no other operation of the kind
 */
export function marginalGas(model: GasModel, kind: OperationKind, isFirst: boolean): Gas {
  const { base, each } = model.start[kind]
  return Math.ceil(model.factor[kind] * (isFirst ? base + each : each))
}

/**
 * The model after the measurement of one kind in one batch.
 * @param operations number of successful operations of the kind; 0 changes nothing
 * @param gas total gas of their calls
 */
export function observeGas(model: GasModel, kind: OperationKind, operations: number, gas: Gas): GasModel {
  if (operations === 0) return model
  const { base, each } = model.start[kind]
  const observed = clamp(gas / (base + each * operations), LEAST_FACTOR, GREATEST_FACTOR)
  const factor = model.factor[kind] + SMOOTHING * (observed - model.factor[kind])
  return { ...model, factor: { ...model.factor, [kind]: factor } }
}

function clamp(value: number, least: number, greatest: number): number {
  return Math.min(greatest, Math.max(least, value))
}
