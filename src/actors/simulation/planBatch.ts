/** Plans the transaction of a batch: measures the calls and fits them under the gas limit of the transaction. */
import type { BatchPlan, PlannedCall } from '../../domain/batch.ts'
import type { OpEnvelope } from '../../domain/operation.ts'
import type { Gas, Hex } from '../../domain/primitives.ts'
import { encodeAggregate3 } from '../../evm/multicall.ts'
import {
  ASSUMED_NESTED_CALLS,
  FOREIGN_CODE_GAS,
  isolatedGasLimit,
  PROVABLE_NESTED_CALLS,
  transactionGasLimit,
} from '../../policy/gasLimit.ts'
import { START_RESERVE } from '../../policy/gasReserve.ts'
import { type MeasuredCall, type Measurement, type MeasuringContext, measureCalls } from './measureCalls.ts'
import { isGasProved, provingCallData } from './simulateAhead.ts'
import { evicted, type Verdict, type Verdicts } from './verdict.ts'

export interface PlannedBatch extends Measurement {
  /** Null when no call can be sent. */
  readonly plan: BatchPlan | null
}

/** Share of the operations that stays in the batch when the plan needs too much gas. */
const KEPT_SHARE = 0.9

/** A transaction to plan. */
interface Budget {
  /** Most gas of the transaction. */
  readonly gasCap: Gas
  /** Gas beyond the simulated gas, learnt from earlier batches. */
  readonly gasReserve: Gas
  readonly mayRunForeignCode: boolean
}

/**
 * Plans a batch. While the plan needs too much gas, the last tenth of the operations leaves for another batch.
 * @throws viem's error when the chain does not answer
 */
export async function planBatch(
  context: MeasuringContext,
  envelopes: readonly OpEnvelope[],
  { gasCap, gasReserve, mayRunForeignCode }: Budget,
): Promise<PlannedBatch> {
  const cap = mayRunForeignCode ? Math.min(gasCap, FOREIGN_CODE_GAS) : gasCap
  let rest = envelopes
  let verdicts: Verdicts = {}
  for (;;) {
    const measured = await measureCalls(context, rest)
    const { calls, extraReserve } = measured
    verdicts = { ...verdicts, ...measured.verdicts }
    const bounds = { cap, gasReserve, extraReserve, mayRunForeignCode }
    const plan = calls.length === 0 ? null : await assemble(context, calls, bounds)
    if (plan !== null || calls.length === 0) return { plan, calls, verdicts, extraReserve }
    const sendable = rest.filter(({ id }) => measured.verdicts[id] === undefined)
    rest = sendable.slice(0, Math.floor(sendable.length * KEPT_SHARE))
    const verdict = rest.length === 0 ? tooLarge(envelopes.length) : evicted('BatchFull')
    const left = sendable.slice(rest.length).map(({ id }) => [id, verdict] as const)
    verdicts = { ...verdicts, ...Object.fromEntries(left) }
  }
}

/**
 * The verdict on the last operation that does not fit. In a batch of several, the gas cap is what the block's budget leaves.
 * Only an operation that was alone from the start is too large for the chain.
 */
function tooLarge(operations: number): Verdict {
  return operations === 1 ? evicted('GasLimitExceeded') : evicted('BatchFull', { batchLimit: 1 })
}

/** What bounds the gas limit of a transaction. */
interface Bounds {
  readonly cap: Gas
  readonly gasReserve: Gas
  readonly extraReserve: Gas
  readonly mayRunForeignCode: boolean
}

/** The transaction with the calls; null when the needed gas exceeds the cap. */
async function assemble(
  context: MeasuringContext,
  measured: readonly MeasuredCall[],
  bounds: Bounds,
): Promise<BatchPlan | null> {
  const { mayRunForeignCode, cap } = bounds
  const calls = measured.map(
    ({ callData, envelopes, gas }): PlannedCall => ({
      target: context.registry.address,
      callData,
      operations: envelopes.map(({ id }) => id),
      gas,
      ...(mayRunForeignCode ? { mayRunForeignCode } : {}),
    }),
  )
  const callData = encodeAggregate3(calls)
  const gasLimit = mayRunForeignCode
    ? isolatedGasLimit(Math.max(...calls.map(({ gas }) => gas)), callData, cap)
    : await sharedGasLimit(context, calls, callData, bounds)
  return gasLimit === null ? null : { calls, callData, gasLimit }
}

/** Share of the gas limit from which a proof is worth a further simulation. */
const WORTHWHILE_SHARE = 0.01

/**
 * The tight gas limit, if a simulation proves that the contract nests so few calls; else the safe one. A single operation gets
 * the safe limit: its gas is small, and its sender waits.
 */
async function sharedGasLimit(
  context: MeasuringContext,
  calls: readonly PlannedCall[],
  callData: Hex,
  bounds: Bounds,
): Promise<Gas | null> {
  const safe = limitWithin(calls, callData, bounds, ASSUMED_NESTED_CALLS)
  const tight = limitWithin(calls, callData, bounds, PROVABLE_NESTED_CALLS)
  const isSingle = calls.length === 1 && calls[0]?.operations.length === 1
  if (tight === null || isSingle || (safe !== null && safe - tight < WORTHWHILE_SHARE * tight)) return safe
  return (await isProved(context, calls)) ? tight : safe
}

/**
 * The gas limit with the whole reserve. If that exceeds the cap, the extra reserve gets what is left, and no operation leaves for
 * it: it is seldom needed.
 */
function limitWithin(
  calls: readonly PlannedCall[],
  callData: Hex,
  { cap, gasReserve, extraReserve }: Bounds,
  nestedCalls: number,
): Gas | null {
  const whole = { nestedCalls, reserve: gasReserve + extraReserve }
  const least = { nestedCalls, reserve: Math.max(gasReserve, Math.min(extraReserve, START_RESERVE)) }
  const hasRoom = transactionGasLimit(calls, callData, cap, least) !== null
  return transactionGasLimit(calls, callData, cap, whole) ?? (hasRoom ? cap : null)
}

/** Simulates the calls without any reserve: the whole reserve is then left for changes of the state. */
function isProved(context: MeasuringContext, calls: readonly PlannedCall[]): Promise<boolean> {
  const callData = calls.map((call) => call.callData)
  const margin = { nestedCalls: PROVABLE_NESTED_CALLS, reserve: 0 }
  const proving = provingCallData(context, callData)
  const gas = transactionGasLimit(calls, proving, Number.POSITIVE_INFINITY, margin)
  return gas === null ? Promise.resolve(false) : isGasProved(context, callData, gas)
}
