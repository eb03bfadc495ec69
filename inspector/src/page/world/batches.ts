/** Finds batches and operations in a world. */
import type { Contexts, Fact, LaneGap, Outcome } from '../../wire.ts'
import type { Run, World } from './world.ts'

/** Any field may be absent, because machines change. */
export type BatchContext = Partial<Contexts['pendingBatch']>
export type BatchedOperation = Contexts['pendingBatch']['operations'][number]
export type Attempt = Contexts['pendingBatch']['attempts'][number]

export const contextOf = (run: Run): BatchContext => run.context as unknown as BatchContext

/** Newest first. */
export function batchRuns(world: World): readonly Run[] {
  return [...world.runs.values()].filter(({ machine }) => machine === 'pendingBatch').reverse()
}

/** The last run of a batch. A resumed or revived batch has several runs. */
export function batchRun(world: World, id: string): Run | undefined {
  return batchRuns(world).find((run) => contextOf(run).batchId === id)
}

/** The fact that a batch is settled. */
export type SettledBatch = Extract<Fact, { type: 'batch.finalized' | 'batch.failed' }>

export function settledBatchOf(world: World, batchId: string): SettledBatch | undefined {
  return world.facts
    .get(batchId)
    ?.findLast(
      (fact): fact is SettledBatch => fact.type === 'batch.finalized' || fact.type === 'batch.failed',
    )
}

/** The last known status of an operation, from a failure or from a settled batch. */
export function outcomeOf(world: World, id: string): (Outcome & { readonly at: number }) | undefined {
  const failure = world.failures.get(id)
  if (failure !== undefined) return { type: 'Failed', reason: failure.reason, at: failure.at }
  for (const batchId of [...world.facts.keys()].reverse()) {
    const end = settledBatchOf(world, batchId)
    const outcome = end?.outcomes[id]
    if (end !== undefined && outcome !== undefined) return { ...outcome, at: end.at }
  }
  return undefined
}

/** The batches of an operation, newest first. */
export function membershipsOf(
  world: World,
  id: string,
): readonly { run: Run; operation: BatchedOperation }[] {
  return batchRuns(world).flatMap((run) => {
    const operation = contextOf(run).operations?.find((each) => each.id === id)
    return operation === undefined ? [] : [{ run, operation }]
  })
}

/** Why an attempt replaced another attempt. */
export function reasonOf(world: World, batchId: string, hash: string): string | null {
  const fact = world.facts
    .get(batchId)
    ?.find((each) => each.type === 'batch.resubmitted' && each.replaced && each.txHash === hash)
  return fact?.type === 'batch.resubmitted' ? fact.reason : null
}

export interface Lanes {
  readonly gaps: readonly LaneGap[]
  readonly gapCount: number
  readonly lanes: number
  readonly waiting: number
  /** Start of the longest wait. Null if no operation waits. */
  readonly longestWaitSince: number | null
  /** Maximum wait in milliseconds. Null if unknown. */
  readonly timeout: number | null
}

export function lanesOf(world: World): Lanes {
  const tracker = contextOfMachine(world, 'nonceTracker')
  const gaps = tracker?.gaps ?? []
  return {
    gaps,
    gapCount: tracker?.gapCount ?? gaps.length,
    lanes: tracker?.lanes ?? 0,
    waiting: tracker?.waiting ?? 0,
    longestWaitSince: tracker?.longestWaitSince ?? null,
    timeout: tracker?.laneTimeout ?? null,
  }
}

/** The context of a machine with a single actor. */
export function contextOfMachine<M extends keyof Contexts>(
  world: World,
  machine: M,
): Partial<Contexts[M]> | undefined {
  const actor = [...world.actors.values()].find((each) => each.machine === machine)
  return actor?.snapshot.context as unknown as Partial<Contexts[M]> | undefined
}
