/** Plans the transaction of a batch: measures the calls and fits them under the gas limit of the transaction. */
import type { BatchPlan, PlannedCall } from '../../domain/batch.ts'
import type { OpEnvelope } from '../../domain/operation.ts'
import type { Address, Gas } from '../../domain/primitives.ts'
import { encodeAggregate3 } from '../../evm/multicall.ts'
import { transactionGasLimit } from '../../policy/gasLimit.ts'
import { type MeasuredCall, type Measurement, measureCalls } from './measureCalls.ts'
import { evicted, type VerdictContext, type Verdicts } from './verdict.ts'

export interface PlannedBatch extends Measurement {
  /** Null when no call can be sent. */
  readonly plan: BatchPlan | null
}

/** Share of the operations that stays in the batch when the plan needs too much gas. */
const KEPT_SHARE = 0.9

/**
 * Plans a batch. While the plan needs too much gas, the last tenth of the operations leaves for another batch.
 * @param gasCap most gas of the transaction
 * @throws viem's error when the chain does not answer
 */
export async function planBatch(
  context: VerdictContext,
  envelopes: readonly OpEnvelope[],
  gasCap: Gas,
): Promise<PlannedBatch> {
  let rest = envelopes
  let verdicts: Verdicts = {}
  for (;;) {
    const measured = await measureCalls(context, rest)
    const { calls } = measured
    verdicts = { ...verdicts, ...measured.verdicts }
    const plan = calls.length === 0 ? null : assemble(context.registry, calls, gasCap)
    if (plan !== null || calls.length === 0) return { plan, calls, verdicts }
    const sendable = rest.filter(({ id }) => measured.verdicts[id] === undefined)
    rest = sendable.slice(0, Math.floor(sendable.length * KEPT_SHARE))
    const verdict = evicted(rest.length === 0 ? 'GasLimitExceeded' : 'BatchFull')
    const left = sendable.slice(rest.length).map(({ id }) => [id, verdict] as const)
    verdicts = { ...verdicts, ...Object.fromEntries(left) }
  }
}

/** The transaction with the calls; null when the needed gas exceeds `gasCap`. */
function assemble(registry: Address, measured: readonly MeasuredCall[], gasCap: Gas): BatchPlan | null {
  const calls = measured.map(
    ({ callData, envelopes, gas }): PlannedCall => ({
      target: registry,
      callData,
      operations: envelopes.map(({ id }) => id),
      gas,
    }),
  )
  const callData = encodeAggregate3(calls)
  const gasLimit = transactionGasLimit(calls, callData, gasCap)
  return gasLimit === null ? null : { calls, callData, gasLimit }
}
