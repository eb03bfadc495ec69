/**
 * Simulates a batch and plans its transaction: creates are folded into a single call, and everything runs in the order
 * and from the caller that it will have on chain, and is measured there. Only when a fold fails are its members tried one
 * by one: each has been at its acceptance, so that nearly always one run is enough.
 */
import { BaseError } from 'viem'
import { encodeAggregate3 } from '../contracts/multicall.ts'
import { decodeRevert } from '../contracts/reverts.ts'
import type { BatchPlan, PlannedCall } from '../domain/batch.ts'
import type { CreateAccount, OpEnvelope, Operation, OperationId } from '../domain/operation.ts'
import type { Address, Gas, Hex, Now } from '../domain/primitives.ts'
import type { OpStatus } from '../domain/status.ts'
import type { MeasuredGas, SimulationInput, SimulationReport } from '../machines/batchContext.ts'
import { toFailure } from '../operations/failure.ts'
import { foldCreates } from '../operations/fold.ts'
import { operationKinds } from '../operations/table.ts'
import { transactionGasLimit } from '../policy/gasLimit.ts'
import type { RequestStore } from '../store/port.ts'
import { isUnavailable } from './chainClient.ts'
import { type Simulate, simulateAlone } from './simulator.ts'

export interface BatchSimulation {
  readonly simulate: Simulate
  readonly store: Pick<RequestStore, 'envelopes'>
  readonly registry: Address
  readonly now: Now
}

type Statuses = Record<OperationId, OpStatus>

/** A call that is going to be made, and for whom. */
interface DraftCall {
  readonly callData: Hex
  readonly envelopes: readonly OpEnvelope[]
}

/** A call that succeeded in its place. */
interface MeasuredCall extends DraftCall {
  readonly gas: Gas
}

/** @throws viem's error when the chain does not answer */
export function createBatchSimulation(simulation: BatchSimulation) {
  return async ({ operations, gasCap }: SimulationInput): Promise<SimulationReport> => {
    const envelopes = await simulation.store.envelopes(operations.map(({ id }) => id))
    const statuses: Statuses = {}
    const { plan, calls } = await planWithin(simulation, envelopes, gasCap, statuses)
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
  for (const { id } of sound.slice(kept)) statuses[id] = evicted('GasLimitExceeded', null)
  return planWithin(simulation, sound.slice(0, kept), gasCap, statuses)
}

/** Tries the creates alone, and drops those that fail: a fold that reverts does not say which of its members it was. */
async function dropUnsound(
  { simulate, registry }: BatchSimulation,
  envelopes: readonly OpEnvelope[],
  statuses: Statuses,
): Promise<readonly OpEnvelope[]> {
  const creates = envelopes.filter(({ kind }) => kind === 'create_account')
  const outcomes = await simulateAlone(
    simulate,
    creates.map(({ operation }) => ({ target: registry, callData: callDataOf(operation) })),
  )
  creates.forEach(({ id }, index) => {
    const outcome = outcomes[index]
    if (outcome !== undefined && !outcome.success) statuses[id] = verdict(outcome.returnData)
  })
  return envelopes.filter(({ id }) => statuses[id] === undefined)
}

/**
 * Runs the calls one after another, with all creates in one, or (when the members pass alone and the fold does not) each
 * on its own. One that reverts leaves no trace in the state, so what follows it is measured as it
 * will be without it; what depended on it is not judged, and goes back to its lane.
 */
async function measure(
  simulation: BatchSimulation,
  envelopes: readonly OpEnvelope[],
  statuses: Statuses,
  folding = true,
): Promise<readonly MeasuredCall[]> {
  if (envelopes.length === 0) return []
  const drafts = draftCalls(envelopes, folding)
  const outcomes = await runTogether(simulation, drafts)
  if (outcomes === null) {
    const half = Math.ceil(envelopes.length / 2)
    for (const { id } of envelopes.slice(envelopes.length === 1 ? 0 : half)) {
      statuses[id] = evicted(envelopes.length === 1 ? 'GasLimitExceeded' : 'BatchFull', null)
    }
    return envelopes.length === 1 ? [] : measure(simulation, envelopes.slice(0, half), statuses, folding)
  }
  const isFoldBroken = drafts.some(
    ({ envelopes: members }, index) => members.length > 1 && outcomes[index]?.success === false,
  )
  if (isFoldBroken) {
    const sound = await dropUnsound(simulation, envelopes, statuses)
    return measure(simulation, sound, statuses, sound.length < envelopes.length)
  }

  const brokenLanes = new Set<string>()
  return drafts.flatMap((draft, index) => {
    const outcome = outcomes[index]
    const [envelope] = draft.envelopes
    if (outcome === undefined || envelope === undefined) return []
    if (outcome.success) return [{ ...draft, gas: outcome.gasUsed }]
    const leaf = envelope.lane?.leaf
    const isJudged = leaf === undefined || !brokenLanes.has(leaf)
    statuses[envelope.id] = isJudged ? verdict(outcome.returnData) : evicted('DependencyNotReady', null)
    if (leaf !== undefined) brokenLanes.add(leaf)
    return []
  })
}

/** What nodes say of calls that are too much for one `eth_call`. */
const TOO_MUCH = /gas|size|too large|limit|revert/i

/** @returns null when the calls are too much for the node; smaller parts may pass */
async function runTogether({ simulate, registry }: BatchSimulation, drafts: readonly DraftCall[]) {
  try {
    return await simulate(drafts.map(({ callData }) => ({ target: registry, callData, isolated: false })))
  } catch (error) {
    if (isUnavailable(error) || !(error instanceof BaseError) || !TOO_MUCH.test(error.details)) throw error
    return null
  }
}

/** All creates in one call, at the place of the first; everything else in a call of its own. */
function draftCalls(envelopes: readonly OpEnvelope[], folding: boolean): readonly DraftCall[] {
  const creates = envelopes.filter(isCreate)
  const isFolded = folding && creates.length > 1
  const drafts: DraftCall[] = []
  for (const envelope of envelopes) {
    if (isFolded && envelope === creates[0]) {
      drafts.push({ callData: foldCreates(creates.map(({ operation }) => operation)), envelopes: creates })
    } else if (!isFolded || !isCreate(envelope)) {
      drafts.push({ callData: callDataOf(envelope.operation), envelopes: [envelope] })
    }
  }
  return drafts
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

/** What a revert in simulation means: a nonce whose turn has not come is no failure. */
function verdict(returnData: Hex): OpStatus {
  // No reason was given: it ran out of gas, which says nothing of the operation.
  if (returnData === '0x') return evicted('GasLimitExceeded', null)
  const reason = toFailure(decodeRevert(returnData), 'simulation')
  if (reason.type === 'NonceTooHigh') return evicted('DependencyNotReady', reason.expected)
  return { type: 'Failed', reason, txHash: null }
}

function evicted(
  reason: Extract<OpStatus, { type: 'Evicted' }>['reason'],
  nextNonce: number | null,
): OpStatus {
  return { type: 'Evicted', reason, nextNonce }
}

function callDataOf(operation: Operation): Hex {
  return operationKinds[operation.kind].callData(operation)
}

function isCreate(envelope: OpEnvelope): envelope is OpEnvelope & { readonly operation: CreateAccount } {
  return envelope.operation.kind === 'create_account'
}
