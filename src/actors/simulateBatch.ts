/**
 * Simulates a batch and plans its transaction: everything runs in the order and from the caller that it will have on chain,
 * and is measured there. What fails there although it has landed already is not failed: see `foreignLandings.ts`.
 */
import { encodeAggregate3 } from '../contracts/multicall.ts'
import type { BatchPlan, PlannedCall } from '../domain/batch.ts'
import type { OpEnvelope } from '../domain/operation.ts'
import type { Address, Gas, Now } from '../domain/primitives.ts'
import type { OpStatus } from '../domain/status.ts'
import type { MeasuredGas, SimulationInput, SimulationReport } from '../machines/batchContext.ts'
import { transactionGasLimit } from '../policy/gasLimit.ts'
import type { RequestStore } from '../store/port.ts'
import { type ChainClient, isStateGone, isUnavailable } from './chainClient.ts'
import { type FollowedChain, isOffChain } from './followedChain.ts'
import { finalizedElsewhere, findLandings, readCounter } from './foreignLandings.ts'
import { evicted } from './judgement.ts'
import { type MeasuredCall, measure, type Statuses } from './measureCalls.ts'
import type { Simulate } from './simulationWays.ts'

export interface BatchSimulation {
  readonly client: ChainClient
  readonly simulate: Simulate
  readonly store: Pick<RequestStore, 'envelopes'>
  readonly registry: Address
  /** Blocks on top of a landing before it is final. */
  readonly confirmations: number
  readonly followed: FollowedChain
  readonly now: Now
}

/** @throws viem's error when the chain does not answer */
export function createBatchSimulation(simulation: BatchSimulation) {
  return async ({ operations, gasCap }: SimulationInput): Promise<SimulationReport> => {
    const envelopes = await simulation.store.envelopes(operations.map(({ id }) => id))
    const statuses: Statuses = {}
    const { plan, calls } = await planWithin(simulation, envelopes, gasCap, statuses)
    await noteLandings(simulation, envelopes, statuses)
    return { plan, statuses, measured: measuredByKind(calls), at: simulation.now() }
  }
}

/** Plans what fits under the cap. When it is too much, the last tenth stays behind for another batch. */
async function planWithin(
  simulation: BatchSimulation,
  envelopes: readonly OpEnvelope[],
  gasCap: Gas,
  statuses: Statuses,
): Promise<{ readonly plan: BatchPlan | null; readonly calls: readonly MeasuredCall[] }> {
  const calls = await measure(simulation, envelopes, statuses)
  if (calls.length === 0) return { plan: null, calls }
  const plan = assemble(simulation.registry, calls, gasCap)
  if (plan !== null) return { plan, calls }
  const sound = envelopes.filter(({ id }) => statuses[id] === undefined)
  const kept = Math.floor(sound.length * 0.9)
  const reason = kept === 0 ? 'GasLimitExceeded' : 'BatchFull'
  for (const { id } of sound.slice(kept)) statuses[id] = evicted(reason)
  return planWithin(simulation, sound.slice(0, kept), gasCap, statuses)
}

/**
 * Looks for those that fail because they have landed already: somebody else was first, or a transaction of ours was lost
 * sight of. At the confirmation depth they are finalized with that transaction; before, they are tried again later. So are
 * those whose nonce is used, and was not at that depth: a reorg may give it back.
 */
async function noteLandings(
  simulation: BatchSimulation,
  envelopes: readonly OpEnvelope[],
  statuses: Statuses,
): Promise<void> {
  const { client, registry, confirmations, followed } = simulation
  const failed = envelopes.filter(({ id }) => statuses[id]?.type === 'Failed')
  if (failed.length === 0) return
  const head = followed.head ?? Number(await client.getBlockNumber({ cacheTime: 0 }))
  const landings = await findLandings({ client, registry, followed, upTo: head }, failed)
  for (const [index, envelope] of failed.entries()) {
    const { id } = envelope
    const landing = landings[index]
    if (landing) {
      const isFinal = head - landing.blockNumber >= confirmations && !isOffChain(followed, landing)
      statuses[id] = isFinal ? finalizedElsewhere(landing) : evicted('Timeout')
    } else if (await mayComeBack(simulation, envelope, statuses[id], head)) {
      statuses[id] = evicted('Timeout')
    }
  }
}

/** Whether its nonce was used in blocks that are not as deep as they must be. */
async function mayComeBack(
  { client, registry, confirmations }: BatchSimulation,
  { lane }: OpEnvelope,
  status: OpStatus | undefined,
  head: number,
): Promise<boolean> {
  if (lane === null || status?.type !== 'Failed' || status.reason.type !== 'NonceTooLow') return false
  try {
    return (await readCounter(client, registry, lane, Math.max(0, head - confirmations))) <= lane.nonce
  } catch (error) {
    if (isUnavailable(error) && !isStateGone(error)) throw error
    return false
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
