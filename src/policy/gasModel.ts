/**
 * What operations cost in gas, learnt from what they did cost.
 *
 * A kind's share of a batch is a line: `base` once, for what the first operation of the kind pays alone (cold storage
 * slots, the upper part of the Merkle tree, the fold of the creates), and `each` for every operation. The shape of the
 * line is the starting estimate's; what is learnt is one factor per kind by which reality differs. One factor is
 * robust: it can be told from a batch of any size, and it cannot make base and marginal cost drift apart.
 */
import type { OperationKind } from '../domain/operation.ts'
import type { Gas } from '../domain/primitives.ts'

interface KindGas {
  /** Paid once by a batch that holds the kind. */
  readonly base: Gas
  /** Paid by every operation of the kind. */
  readonly each: Gas
}

export interface GasModel {
  readonly start: Readonly<Record<OperationKind, KindGas>>
  /** Observed over estimated, smoothed; 1 until something was observed. */
  readonly factor: Readonly<Record<OperationKind, number>>
}

/** Weight of the newest observation: after ten batches nine tenths of the factor are of those ten. */
const SMOOTHING = 0.2

/** How far a kind may be learnt to differ from its start: one absurd measurement must not stop or flood the batches. */
const LEAST_FACTOR = 1 / 4
const GREATEST_FACTOR = 4

/** @param start what the kinds are estimated to cost, before any was measured */
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
 * What one more operation adds to a batch.
 * @param isFirst whether the batch holds no other operation of its kind yet
 */
export function marginalGas(model: GasModel, kind: OperationKind, isFirst: boolean): Gas {
  const { base, each } = model.start[kind]
  return Math.ceil(model.factor[kind] * (isFirst ? base + each : each))
}

/**
 * Learns from one batch what a kind used in it.
 * @param operations how many operations of the kind succeeded in the batch; none teaches nothing
 * @param gas what their calls used together
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
