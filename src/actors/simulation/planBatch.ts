/** Plans the transaction of a batch: measures the calls and fits them under the gas limit of the transaction. */
import type { BatchPlan, PlannedCall } from '../../domain/batch.ts'
import type { OpEnvelope } from '../../domain/operation.ts'
import type { Address, Gas } from '../../domain/primitives.ts'
import { encodeAggregate3 } from '../../evm/multicall.ts'
import { FOREIGN_CODE_GAS, transactionGasLimit } from '../../policy/gasLimit.ts'
import { type MeasuredCall, type Measurement, measureCalls } from './measureCalls.ts'
import { evicted, type VerdictContext, type Verdicts } from './verdict.ts'

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
  readonly mayRunForeignCode: boolean
}

/**
 * Plans a batch. While the plan needs too much gas, the last tenth of the operations leaves for another batch.
 * @throws viem's error when the chain does not answer
 */
export async function planBatch(
  context: VerdictContext,
  envelopes: readonly OpEnvelope[],
  { gasCap, mayRunForeignCode }: Budget,
): Promise<PlannedBatch> {
  const cap = mayRunForeignCode ? Math.min(gasCap, FOREIGN_CODE_GAS) : gasCap
  let rest = envelopes
  let verdicts: Verdicts = {}
  for (;;) {
    const measured = await measureCalls(context, rest)
    const { calls } = measured
    verdicts = { ...verdicts, ...measured.verdicts }
    const plan = calls.length === 0 ? null : assemble(context.registry, calls, cap, mayRunForeignCode)
    if (plan !== null || calls.length === 0) return { plan, calls, verdicts }
    const sendable = rest.filter(({ id }) => measured.verdicts[id] === undefined)
    rest = sendable.slice(0, Math.floor(sendable.length * KEPT_SHARE))
    const verdict = evicted(rest.length === 0 ? 'GasLimitExceeded' : 'BatchFull')
    const left = sendable.slice(rest.length).map(({ id }) => [id, verdict] as const)
    verdicts = { ...verdicts, ...Object.fromEntries(left) }
  }
}

/** The transaction with the calls; null when the needed gas exceeds `cap`. */
function assemble(
  registry: Address,
  measured: readonly MeasuredCall[],
  cap: Gas,
  mayRunForeignCode: boolean,
): BatchPlan | null {
  const calls = measured.map(
    ({ callData, envelopes, gas }): PlannedCall => ({
      target: registry,
      callData,
      operations: envelopes.map(({ id }) => id),
      gas,
      ...(mayRunForeignCode ? { mayRunForeignCode } : {}),
    }),
  )
  const callData = encodeAggregate3(calls)
  const gasLimit = transactionGasLimit(calls, callData, cap)
  return gasLimit === null ? null : { calls, callData, gasLimit }
}
