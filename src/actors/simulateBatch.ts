/**
 * Simulates a batch and plans its transaction: everything runs in the order and from the caller that it will have on chain,
 * and is measured there. What fails there although it has landed already is not failed: see `foreignLandings.ts`.
 */

import type { BatchPlan, PlannedCall } from '../domain/batch.ts'
import type { OpEnvelope } from '../domain/operation.ts'
import type { Address, Gas, Now } from '../domain/primitives.ts'
import { encodeAggregate3 } from '../evm/multicall.ts'
import type { MeasuredGas, SimulationInput, SimulationReport } from '../machines/pendingBatch/context.ts'
import { transactionGasLimit } from '../policy/gasLimit.ts'
import type { RequestStore } from '../store/port.ts'
import { isOffChain } from './blocks/followedChain.ts'
import { finalizedElsewhere, findLandings } from './outcome/foreignTransactions.ts'
import { evicted, headOf, type Judging, readBlocksOnce, type Verdicts } from './simulation/judgement.ts'
import { type MeasuredCall, measure } from './simulation/measureCalls.ts'

export interface BatchSimulation extends Omit<Judging, 'readBlock'> {
  readonly store: Pick<RequestStore, 'envelopes'>
  readonly now: Now
}

/** @throws viem's error when the chain does not answer */
export function createBatchSimulation(simulation: BatchSimulation) {
  return async ({ operations, gasCap }: SimulationInput): Promise<SimulationReport> => {
    const envelopes = await simulation.store.envelopes(operations.map(({ id }) => id))
    const verdicts: Verdicts = {}
    const judging = { ...simulation, readBlock: readBlocksOnce(simulation.client) }
    const { plan, calls } = await planWithin(judging, envelopes, gasCap, verdicts)
    await noteLandings(simulation, envelopes, verdicts)
    spareUncertain(simulation, verdicts)
    return { plan, ...reported(verdicts), measured: measuredByKind(calls), at: simulation.now() }
  }
}

/** Plans what fits under the cap. When it is too much, the last tenth stays behind for another batch. */
async function planWithin(
  judging: Judging,
  envelopes: readonly OpEnvelope[],
  gasCap: Gas,
  verdicts: Verdicts,
): Promise<{ readonly plan: BatchPlan | null; readonly calls: readonly MeasuredCall[] }> {
  const calls = await measure(judging, envelopes, verdicts)
  if (calls.length === 0) return { plan: null, calls }
  const plan = assemble(judging.registry, calls, gasCap)
  if (plan !== null) return { plan, calls }
  const sound = envelopes.filter(({ id }) => verdicts[id] === undefined)
  const kept = Math.floor(sound.length * 0.9)
  const reason = kept === 0 ? 'GasLimitExceeded' : 'BatchFull'
  for (const { id } of sound.slice(kept)) verdicts[id] = evicted(reason)
  return planWithin(judging, sound.slice(0, kept), gasCap, verdicts)
}

/**
 * Looks for those that fail because they have landed already: somebody else was first, or a transaction of ours was lost
 * sight of. At the confirmation depth they are finalized with that transaction; before, they are tried again later.
 */
async function noteLandings(
  simulation: BatchSimulation,
  envelopes: readonly OpEnvelope[],
  verdicts: Verdicts,
): Promise<void> {
  const { client, registry, confirmations, followed } = simulation
  const failed = envelopes.filter(({ id }) => verdicts[id]?.status.type === 'Failed')
  if (failed.length === 0) return
  const head = await headOf(simulation)
  const landings = await findLandings({ client, registry, followed, upTo: head }, failed)
  for (const [index, { id }] of failed.entries()) {
    const landing = landings[index]
    if (!landing) continue
    const { blockNumber, blockHash } = landing
    const isFinal = head - blockNumber >= confirmations
    verdicts[id] = isFinal
      ? { status: finalizedElsewhere(landing), evidenceBlock: { blockNumber, blockHash } }
      : evicted('Timeout')
  }
}

/** Nothing ends by what a block says that is not on the chain as it is followed by now. */
function spareUncertain({ followed }: BatchSimulation, verdicts: Verdicts): void {
  for (const [id, { evidenceBlock }] of Object.entries(verdicts)) {
    if (evidenceBlock === null) continue
    const isAbove = evidenceBlock.blockNumber > (followed.head ?? evidenceBlock.blockNumber)
    if (isAbove || isOffChain(followed, evidenceBlock)) verdicts[id] = evicted('Timeout')
  }
}

function reported(verdicts: Verdicts): Pick<SimulationReport, 'statuses' | 'evidenceBlock'> {
  const entries = Object.entries(verdicts)
  return {
    statuses: Object.fromEntries(entries.map(([id, { status }]) => [id, status])),
    evidenceBlock: Object.fromEntries(
      entries.flatMap(([id, { evidenceBlock }]) => (evidenceBlock === null ? [] : [[id, evidenceBlock]])),
    ),
  }
}

/** The transaction that makes the calls; null when it needs more gas than the cap. */
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

function measuredByKind(calls: readonly MeasuredCall[]): readonly MeasuredGas[] {
  const byKind = new Map<MeasuredGas['kind'], MeasuredGas>()
  for (const { envelopes, gas } of calls) {
    const [first] = envelopes
    if (first === undefined) continue
    const before = byKind.get(first.kind) ?? { kind: first.kind, operations: 0, gas: 0 }
    byKind.set(first.kind, {
      kind: first.kind,
      operations: before.operations + envelopes.length,
      gas: before.gas + gas,
    })
  }
  return [...byKind.values()]
}
