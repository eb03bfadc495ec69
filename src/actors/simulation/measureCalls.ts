/**
 * Measures a batch's calls in the order that they will have on chain, and tells which operations cannot ride, and why.
 * Creates are folded into a single call. Only when a fold fails are its members tried one by one: each has been at its
 * acceptance, so that nearly always one run is enough.
 */
import type { CreateAccountOp, OpEnvelope, Operation } from '../../domain/operation.ts'
import type { Gas, Hex } from '../../domain/primitives.ts'
import { foldCreates } from '../../registry/worldId/fold.ts'
import { operationKinds } from '../../registry/worldId/kinds.ts'
import { type DraftCall, evicted, type Judging, judge, type Verdicts } from './judgement.ts'
import { simulateAlone, simulateTogether } from './simulator.ts'

/** A call that succeeded in its place. */
export interface MeasuredCall extends DraftCall {
  readonly gas: Gas
}

/**
 * Runs the calls one after another, with all creates in one, or (when the members pass alone and the fold does not) each
 * on its own. One that reverts leaves no trace in the state, so what follows it is measured as it will be without it; what
 * depended on it is not judged, and goes back to its lane.
 * @param verdicts is told the fates of those that are in none of the calls
 * @throws viem's error when the chain does not answer: that is nobody's fate
 */
export async function measure(
  judging: Judging,
  envelopes: readonly OpEnvelope[],
  verdicts: Verdicts,
  folding = true,
): Promise<readonly MeasuredCall[]> {
  if (envelopes.length === 0) return []
  const drafts = draftCalls(envelopes, folding)
  const outcomes = await runTogether(judging, drafts)
  if (outcomes === null) {
    const accepted = await split({ judging, verdicts, folding }, envelopes)
    return measure(judging, accepted, verdicts, folding)
  }
  const isFoldBroken = drafts.some(
    ({ envelopes: members }, index) => members.length > 1 && outcomes[index]?.success === false,
  )
  if (isFoldBroken) {
    const sound = await dropUnsound(judging, envelopes, verdicts)
    return measure(judging, sound, verdicts, sound.length < envelopes.length)
  }

  const brokenLanes = new Set<string>()
  const calls: MeasuredCall[] = []
  for (const [index, draft] of drafts.entries()) {
    const outcome = outcomes[index]
    const [envelope] = draft.envelopes
    if (outcome === undefined || envelope === undefined) continue
    if (outcome.success) {
      calls.push({ ...draft, gas: outcome.gasUsed })
      continue
    }
    const leaf = envelope.lane?.leaf
    const isJudged = leaf === undefined || !brokenLanes.has(leaf)
    verdicts[envelope.id] = isJudged ? await judge(judging, envelope, calls) : evicted('DependencyNotReady')
    if (leaf !== undefined) brokenLanes.add(leaf)
  }
  return calls
}

interface Splitting {
  readonly judging: Judging
  readonly verdicts: Verdicts
  readonly folding: boolean
}

/**
 * Takes operations apart that a node refuses as a whole: by halves, until who makes it refuse is alone. When each half
 * passes they are only too much together, and the second waits for another batch.
 * @returns those that may pass
 */
async function split(splitting: Splitting, envelopes: readonly OpEnvelope[]): Promise<readonly OpEnvelope[]> {
  const { verdicts } = splitting
  const half = Math.ceil(envelopes.length / 2)
  const [first, second] = [envelopes.slice(0, half), envelopes.slice(half)]
  if (second.length === 0) {
    for (const { id } of first) verdicts[id] = evicted('GasLimitExceeded')
    return []
  }
  const accepted = [...(await acceptedOf(splitting, first)), ...(await acceptedOf(splitting, second))]
  if (accepted.length < envelopes.length) return accepted
  for (const { id } of second) verdicts[id] = evicted('BatchFull')
  return first
}

async function acceptedOf(
  splitting: Splitting,
  envelopes: readonly OpEnvelope[],
): Promise<readonly OpEnvelope[]> {
  const drafts = draftCalls(envelopes, splitting.folding)
  const isAccepted = (await runTogether(splitting.judging, drafts)) !== null
  return isAccepted ? envelopes : split(splitting, envelopes)
}

/** Tries the creates alone, and drops those that fail: a fold that reverts does not say which of its members it was. */
async function dropUnsound(
  judging: Judging,
  envelopes: readonly OpEnvelope[],
  verdicts: Verdicts,
): Promise<readonly OpEnvelope[]> {
  const { simulate, registry } = judging
  const creates = envelopes.filter(isCreate)
  const outcomes = await simulateAlone(
    simulate,
    creates.map(({ operation }) => ({ target: registry, callData: callDataOf(operation) })),
  )
  const failing = creates.filter((_, index) => outcomes[index]?.success === false)
  await Promise.all(
    failing.map(async (create) => {
      verdicts[create.id] = await judge(judging, create, [])
    }),
  )
  return envelopes.filter(({ id }) => verdicts[id] === undefined)
}

function runTogether({ simulate, registry }: Judging, drafts: readonly DraftCall[]) {
  const calls = drafts.map(({ callData }) => ({ target: registry, callData, isolated: false }))
  return simulateTogether(simulate, calls)
}

/**
 * All creates in one call, at the place of the first; everything else in a call of its own. So is a create that has run out
 * of gas before, alone or in a fold: by itself it shows whose the fault was.
 */
function draftCalls(envelopes: readonly OpEnvelope[], folding: boolean): readonly DraftCall[] {
  const foldable = envelopes.filter(isCreate).filter(({ tries }) => tries === 0)
  const folded = new Set<OpEnvelope>(folding && foldable.length > 1 ? foldable : [])
  const drafts: DraftCall[] = []
  for (const envelope of envelopes) {
    if (!folded.has(envelope)) {
      drafts.push({ callData: callDataOf(envelope.operation), envelopes: [envelope] })
    } else if (envelope === foldable[0]) {
      drafts.push({ callData: foldCreates(foldable.map(({ operation }) => operation)), envelopes: foldable })
    }
  }
  return drafts
}

function callDataOf(operation: Operation): Hex {
  return operationKinds[operation.kind].callData(operation)
}

function isCreate(envelope: OpEnvelope): envelope is OpEnvelope & { readonly operation: CreateAccountOp } {
  return envelope.operation.kind === 'create_account'
}
