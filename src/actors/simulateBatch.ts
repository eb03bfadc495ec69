/**
 * Slot `simulateBatch` of pendingBatch: simulates the operations with the order and the caller of the transaction,
 * measures the gas, and plans the transaction. Each operation outside the plan gets a status.
 */
import { fromPromise } from 'xstate'
import type { BatchPlan } from '../domain/batch.ts'
import type { OpEnvelope } from '../domain/operation.ts'
import type { Address, Gas, Now } from '../domain/primitives.ts'
import { isFunctionMissing } from '../domain/status.ts'
import type { MeasuredGas, SimulationInput, SimulationReport } from '../machines/pendingBatch/context.ts'
import { START_RESERVE } from '../policy/gasReserve.ts'
import type { DeployedRegistry } from '../registry/registry.ts'
import type { ChainClient } from '../rpc/chainClient.ts'
import type { Endpoints } from '../rpc/endpoints.ts'
import type { RequestStore } from '../store/port.ts'
import { type FollowedChain, isOffChain, type MonitorSystem } from './blocks/followedChain.ts'
import { finalizedByForeign, findForeignInclusions } from './outcome/foreignTransactions.ts'
import type { RegistryVersion } from './registryVersion.ts'
import { callsAhead, isOrderDependent } from './simulation/callsAhead.ts'
import { separateForeignCode, withFinalFailure } from './simulation/foreignCode.ts'
import type { MeasuredCall, MeasuringContext } from './simulation/measureCalls.ts'
import { type PlannedBatch, planBatch } from './simulation/planBatch.ts'
import { mostGasAhead } from './simulation/simulateAhead.ts'
import type { SimulationLimits } from './simulation/simulationLimits.ts'
import type { Simulate } from './simulation/simulationMethods.ts'
import type { SimulationOrder } from './simulation/simulationOrder.ts'
import { evicted, headOf, readBlocksOnce, type VerdictContext, type Verdicts } from './simulation/verdict.ts'

interface Dependencies {
  readonly endpoints: Pick<Endpoints, 'pin'>
  /** Shared by all batches: each profits from what the others have learnt. */
  readonly limits: SimulationLimits
  /** Shared by all batches. */
  readonly order: SimulationOrder
  readonly simulatorAt: (client: ChainClient) => Simulate
  readonly store: Pick<RequestStore, 'envelopes'>
  readonly version: Pick<RegistryVersion, 'current' | 'refresh'>
  readonly multicall: Address
  /** Depth of a settled block, in blocks. */
  readonly settledDepth: (system: MonitorSystem) => number
  readonly followed: (system: MonitorSystem) => FollowedChain
  readonly now: Now
}

/** The actor fails with viem's error when the chain does not answer: an outage evicts no operation. */
export function simulateBatch(dependencies: Dependencies) {
  const { endpoints, limits, simulatorAt, store, multicall, version, now } = dependencies
  return fromPromise<SimulationReport, SimulationInput>(async ({ input, system }) => {
    const client = endpoints.pin((other) => limits.isSilent(other))
    const envelopes = await store.envelopes(input.operations.map(({ id }) => id))
    const ahead = await readAhead(store, input)
    const mostGas = limits.isSilent(client) ? 0 : mostGasAhead(client)
    const scene = {
      client,
      readBlock: readBlocksOnce(client),
      simulate: simulatorAt(client),
      multicall,
      settledDepth: () => dependencies.settledDepth(system),
      followed: dependencies.followed(system),
    }
    const planWith = (registry: DeployedRegistry) => {
      const context = { ...scene, registry, ahead: callsAhead(registry, ahead, envelopes, mostGas) }
      return planAll(dependencies, context, envelopes, input)
    }
    const first = await planWith(version.current)
    // The contract lacks a function: it may have been upgraded.
    const isStale = lacksFunction(first.verdicts) && (await version.refresh(client))
    const { plan, calls, verdicts, extraReserve } = isStale ? await planWith(version.current) : first
    const certain = withoutUncertain(scene.followed, verdicts)
    return { plan, ...reported(certain), measured: measuredByKind(plan, calls), extraReserve, at: now() }
  })
}

/** Plans the batch, and adds the verdicts on operations that a foreign transaction has executed. */
async function planAll(
  { limits, order }: Pick<Dependencies, 'limits' | 'order'>,
  context: MeasuringContext,
  envelopes: readonly OpEnvelope[],
  input: SimulationInput,
): Promise<PlannedBatch> {
  const simulation = limits.plan(context, envelopes, (taken) => planShared(context, taken, input))
  const planned = isOrderDependent(context.registry, envelopes)
    ? await planInOrder(order, simulation, input.gasCap)
    : await simulation
  const foreign = await foreignVerdicts(context, envelopes, planned.verdicts)
  return { ...planned, verdicts: { ...planned.verdicts, ...foreign } }
}

function lacksFunction(verdicts: Verdicts): boolean {
  return Object.values(verdicts).some(({ status }) => isFunctionMissing(status))
}

/**
 * For a batch whose gas depends on the order of the transactions. If the batches ahead are others than simulated, the plan gets a
 * wider reserve.
 */
async function planInOrder(
  order: SimulationOrder,
  simulation: Promise<PlannedBatch>,
  gasCap: Gas,
): Promise<PlannedBatch> {
  const { result, isChanged } = await order.inTurn(
    simulation,
    ({ verdicts }) => Object.keys(verdicts).length > 0,
  )
  const { plan, extraReserve } = result
  if (plan === null || !isChanged) return result
  const gasLimit = Math.max(plan.gasLimit, Math.min(gasCap, plan.gasLimit + START_RESERVE))
  return { ...result, plan: { ...plan, gasLimit }, extraReserve: extraReserve + START_RESERVE }
}

/** The operations of the batches in flight. */
function readAhead(
  store: Pick<RequestStore, 'envelopes'>,
  { ahead }: SimulationInput,
): Promise<readonly (readonly OpEnvelope[])[]> {
  return Promise.all(ahead.map((operations) => store.envelopes(operations.map(({ id }) => id))))
}

/** Plans the operations that share a transaction. An operation that may run foreign code shares it with none. */
async function planShared(
  context: MeasuringContext,
  envelopes: readonly OpEnvelope[],
  { gasCap, gasReserve }: SimulationInput,
): Promise<PlannedBatch> {
  const separation = await separateForeignCode(context, envelopes)
  const { mayRunForeignCode } = separation
  const planned = await planBatch(context, separation.envelopes, { gasCap, gasReserve, mayRunForeignCode })
  const verdicts = mayRunForeignCode ? await withFinalFailure(context, planned.verdicts) : planned.verdicts
  return { ...planned, verdicts: { ...separation.verdicts, ...verdicts } }
}

/**
 * Verdicts on failed operations already executed by a foreign transaction, or by a forgotten transaction of ours. At
 * the confirmation depth the operation is finalized with the found transaction; before, the operation is tried again
 * later.
 */
async function foreignVerdicts(
  context: VerdictContext,
  envelopes: readonly OpEnvelope[],
  verdicts: Verdicts,
): Promise<Verdicts> {
  const { client, registry, settledDepth, followed } = context
  const failed = envelopes.filter(({ id }) => verdicts[id]?.status.type === 'Failed')
  if (failed.length === 0) return {}
  const head = await headOf(context)
  const depth = settledDepth()
  const inclusions = await findForeignInclusions({ client, registry, followed, upTo: head }, failed)
  const found: Verdicts = {}
  for (const [index, { id }] of failed.entries()) {
    const inclusion = inclusions[index]
    if (!inclusion) continue
    const { blockNumber, blockHash } = inclusion
    const isFinal = head - blockNumber >= depth
    found[id] = isFinal
      ? { status: finalizedByForeign(inclusion), evidenceBlock: { blockNumber, blockHash } }
      : evicted('Timeout')
  }
  return found
}

/** Replaces each verdict whose evidence block is not on the followed chain by an eviction. */
function withoutUncertain(followed: FollowedChain, verdicts: Verdicts): Verdicts {
  const entries = Object.entries(verdicts).map(([id, verdict]) => {
    const { evidenceBlock } = verdict
    if (evidenceBlock === null) return [id, verdict] as const
    const isAbove = evidenceBlock.blockNumber > (followed.head ?? evidenceBlock.blockNumber)
    return [id, isAbove || isOffChain(followed, evidenceBlock) ? evicted('Timeout') : verdict] as const
  })
  return Object.fromEntries(entries)
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

/** The gas of foreign code says nothing about the kind: it must not change the estimates for other operations. */
function measuredByKind(plan: BatchPlan | null, calls: readonly MeasuredCall[]): readonly MeasuredGas[] {
  if (plan?.calls.some(({ mayRunForeignCode }) => mayRunForeignCode)) return []
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
