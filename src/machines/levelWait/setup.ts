/** The guards, actions and effect slots of the levelWait's statechart, by name. */
import { assign, fromPromise, setup } from 'xstate'
import type { BatchId } from '../../domain/batch.ts'
import { type FinalityLevel, isAtLevel } from '../../domain/finality.ts'
import type { OperationId } from '../../domain/operation.ts'
import type { DurationMs } from '../../domain/primitives.ts'
import type { Progress } from '../../domain/progress.ts'
import { notProvided } from '../notProvided.ts'

export interface LevelWaitInput {
  readonly id: OperationId
  readonly until: FinalityLevel
  /** True: a verdict ends the wait, also below the level. */
  readonly endsWithVerdict: boolean
  readonly limit: DurationMs
}

export interface LevelWaitContext extends LevelWaitInput {
  /** The newest known batch of the operation; null for none. */
  readonly batchId: BatchId | null
}

export function startContext(input: LevelWaitInput): LevelWaitContext {
  return { ...input, batchId: null }
}

export const levelWaitSetup = setup({
  types: {
    context: {} as LevelWaitContext,
    input: {} as LevelWaitInput,
    events: {} as
      | { readonly type: 'news' }
      | { readonly type: 'operation.batched'; readonly batchId: BatchId }
      | { readonly type: 'cancelled' },
  },
  actors: {
    readProgress: fromPromise<Progress | null, { readonly id: OperationId }>(notProvided('readProgress')),
  },
  delays: { limit: ({ context }) => context.limit },
  guards: {
    /** An unknown operation, and an operation without a transaction of ours, reach no further level. */
    isOver: ({ context }, { progress }: { progress: Progress | null }) => {
      if (progress === null || progress.state === 'failed') return true
      if (isAtLevel(progress.levels, context.until)) return true
      const hasLevels = Object.keys(progress.levels).length > 0
      return progress.state === 'finalized' && (context.endsWithVerdict || !hasLevels)
    },
  },
  actions: {
    noteBatch: assign((_, { batchId }: { batchId: BatchId }) => ({ batchId })),
    /** An event about a newer batch may come before the answer of the store. */
    noteFirstBatch: assign(({ context }, { progress }: { progress: Progress | null }) => ({
      batchId: context.batchId ?? progress?.batchId ?? null,
    })),
  },
})
