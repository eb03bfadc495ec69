/** How a batch went: the number of its operations by result, and the tone of the batch. */
import { contextOf, settledBatchOf } from './batches.ts'
import { type Tone, tellingState } from './states.ts'
import type { Run, World } from './world.ts'

export interface Counts {
  readonly finalized: number
  readonly failed: number
  readonly evicted: number
}

/** Operations without a result are not counted. */
export function countsOf(world: World, run: Run): Counts {
  const { outcomes, batchId = '' } = contextOf(run)
  if (outcomes !== undefined) {
    return { finalized: outcomes.Finalized, failed: outcomes.Failed, evicted: outcomes.Evicted }
  }
  const types = Object.values(settledBatchOf(world, batchId)?.outcomes ?? {}).map(({ type }) => type)
  const count = (wanted: string) => types.filter((type) => type === wanted).length
  return { finalized: count('Finalized'), failed: count('Failed'), evicted: count('Evicted') }
}

/**
 * The tone of a batch with a state and counts. A settled batch is good only if all operations are finalized, or if it has none.
 * @param tone tone of its state
 */
export function toneWith(tone: Tone, counts: Counts | null): Tone {
  if (tone !== 'good' || counts === null || counts.failed + counts.evicted === 0) return tone
  return counts.finalized === 0 ? 'bad' : 'warn'
}

/** The tone of the present state of a batch. */
export function toneOfRun(world: World, run: Run): Tone {
  return toneOfStates(world, run, run.steps.at(-1)?.states ?? [])
}

/** @param states active states of the batch, also of the past */
export function toneOfStates(world: World, run: Run, states: readonly string[]): Tone {
  const { tone } = tellingState(states)
  return run.machine === 'pendingBatch' ? toneWith(tone, countsOf(world, run)) : tone
}
