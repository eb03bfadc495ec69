/**
 * Measures the calls of a batch in transaction order, and gives a verdict to each operation that cannot be sent.
 *
 * One simulation is nearly always enough: each operation was simulated at admission. Further simulations follow when
 * the node refuses the batch as a whole (the batch is bisected) or when the fold reverts (its members
 * are simulated one by one).
 */
import type { OpEnvelope } from '../../domain/operation.ts'
import type { Gas } from '../../domain/primitives.ts'
import type { SimulatedResult } from '../../evm/simulator.ts'
import { callDataOf, type Draft, type DraftCall, foldedCalls, singleCalls } from './draftCalls.ts'
import { type Measuring, simulateAfter } from './simulateAhead.ts'
import { simulateAlone, simulateTogether } from './simulator.ts'
import { decideVerdict, evicted, type VerdictContext, type Verdicts } from './verdict.ts'

/** A call that succeeded at its position. */
export interface MeasuredCall extends DraftCall {
  readonly gas: Gas
}

export interface Measurement {
  /** The calls that succeeded, in order. */
  readonly calls: readonly MeasuredCall[]
  /** A verdict for each operation without a call. */
  readonly verdicts: Verdicts
  /** Gas that the measurement may lack, because the calls of batches in flight could not be simulated exactly. */
  readonly extraReserve: Gas
}

/** The chain access of a measurement, and the calls ahead of the batch. */
export interface MeasuringContext extends VerdictContext, Measuring {}

/** What the next simulation tries. */
interface Trial {
  readonly envelopes: readonly OpEnvelope[]
  readonly draft: Draft
  /** Verdicts of the operations left out. */
  readonly verdicts: Verdicts
}

/** @throws viem's error when the chain does not answer: an outage evicts no operation */
export async function measureCalls(
  context: MeasuringContext,
  envelopes: readonly OpEnvelope[],
): Promise<Measurement> {
  let trial: Trial = { envelopes, draft: foldedCalls, verdicts: {} }
  while (trial.envelopes.length > 0) {
    const drafts = trial.draft(context.registry, trial.envelopes)
    const measured = await simulateAfter(
      context,
      drafts.map(({ callData }) => callData),
    )
    if (measured !== null && !hasFailedFold(drafts, measured.results)) {
      const { calls, verdicts } = await readResults(context, drafts, measured.results)
      const { extraReserve } = measured
      return { calls, verdicts: { ...trial.verdicts, ...verdicts }, extraReserve }
    }
    trial =
      measured === null ? await withoutRefused(context, trial) : await withoutFailingMembers(context, trial)
  }
  return { calls: [], verdicts: trial.verdicts, extraReserve: 0 }
}

function hasFailedFold(drafts: readonly DraftCall[], results: readonly SimulatedResult[]): boolean {
  return drafts.some(({ envelopes }, index) => envelopes.length > 1 && results[index]?.success === false)
}

/**
 * A reverted call leaves the state unchanged, so the later calls are measured as without the reverted call. After a
 * failed operation, the later operations of the lane get no verdict: the lane gets them back.
 */
async function readResults(
  context: VerdictContext,
  drafts: readonly DraftCall[],
  results: readonly SimulatedResult[],
): Promise<Pick<Measurement, 'calls' | 'verdicts'>> {
  const brokenLanes = new Set<string>()
  const calls: MeasuredCall[] = []
  const verdicts: Verdicts = {}
  for (const [index, draft] of drafts.entries()) {
    const result = results[index]
    const [envelope] = draft.envelopes
    if (result === undefined || envelope === undefined) continue
    if (result.success) {
      calls.push({ ...draft, gas: result.gasUsed })
      continue
    }
    const leaf = envelope.lane?.leaf
    const isFirstFailure = leaf === undefined || !brokenLanes.has(leaf)
    verdicts[envelope.id] = isFirstFailure
      ? await decideVerdict(context, envelope, calls)
      : evicted('DependencyNotReady')
    if (leaf !== undefined) brokenLanes.add(leaf)
  }
  return { calls, verdicts }
}

/** Leaves out operations until the node accepts the simulation. */
async function withoutRefused(context: VerdictContext, trial: Trial): Promise<Trial> {
  const { accepted, verdicts } = await bisect(context, trial.draft, trial.envelopes)
  return { ...trial, envelopes: accepted, verdicts: { ...trial.verdicts, ...verdicts } }
}

interface Bisection {
  readonly accepted: readonly OpEnvelope[]
  /** A verdict for each other operation. */
  readonly verdicts: Verdicts
}

/**
 * Halves a batch refused as a whole, down to the single operation with the cause of the refusal. If both halves are
 * accepted, only the sum is too large: the second half waits for another batch.
 */
async function bisect(
  context: VerdictContext,
  draft: Draft,
  envelopes: readonly OpEnvelope[],
): Promise<Bisection> {
  const half = Math.ceil(envelopes.length / 2)
  const [first, second] = [envelopes.slice(0, half), envelopes.slice(half)]
  if (second.length === 0) return { accepted: [], verdicts: allEvicted(first, 'GasLimitExceeded') }
  const lower = await acceptedOf(context, draft, first)
  const upper = await acceptedOf(context, draft, second)
  const accepted = [...lower.accepted, ...upper.accepted]
  return accepted.length < envelopes.length
    ? { accepted, verdicts: { ...lower.verdicts, ...upper.verdicts } }
    : { accepted: first, verdicts: allEvicted(second, 'BatchFull') }
}

async function acceptedOf(
  context: VerdictContext,
  draft: Draft,
  envelopes: readonly OpEnvelope[],
): Promise<Bisection> {
  const isAccepted = (await runTogether(context, draft(context.registry, envelopes))) !== null
  return isAccepted ? { accepted: envelopes, verdicts: {} } : bisect(context, draft, envelopes)
}

function allEvicted(envelopes: readonly OpEnvelope[], reason: 'BatchFull' | 'GasLimitExceeded'): Verdicts {
  return Object.fromEntries(envelopes.map(({ id }) => [id, evicted(reason)]))
}

/**
 * Leaves out the members of the fold that fail alone: a reverted fold does not name the failing member. When no member fails
 * alone, the next trial does without the fold.
 */
async function withoutFailingMembers(context: VerdictContext, trial: Trial): Promise<Trial> {
  const { simulate, registry } = context
  const members = trial.envelopes.filter(({ kind }) => kind === registry.fold?.kind)
  const results = await simulateAlone(
    simulate,
    members.map((member) => ({ target: registry.address, callData: callDataOf(registry, member) })),
  )
  const failing = members.filter((_, index) => results[index]?.success === false)
  const entries = await Promise.all(
    failing.map(async (member) => [member.id, await decideVerdict(context, member, [])] as const),
  )
  const verdicts: Verdicts = Object.fromEntries(entries)
  return {
    envelopes: trial.envelopes.filter(({ id }) => verdicts[id] === undefined),
    draft: failing.length > 0 ? foldedCalls : singleCalls,
    verdicts: { ...trial.verdicts, ...verdicts },
  }
}

function runTogether({ simulate, registry }: VerdictContext, drafts: readonly DraftCall[]) {
  const calls = drafts.map(({ callData }) => ({ target: registry.address, callData, isolated: false }))
  return simulateTogether(simulate, calls)
}
