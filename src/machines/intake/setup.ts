/** The actions and effect slots of the intake's statechart, by name. */
import { enqueueActions, fromCallback, fromPromise, sendTo, setup, spawnChild } from 'xstate'
import type { OperationEvent } from '../../domain/events.ts'
import type { OperationId, OperationKind } from '../../domain/operation.ts'
import type { Now } from '../../domain/primitives.ts'
import { OrderedMap } from '../../policy/orderedMap.ts'
import { notProvided } from '../notProvided.ts'
import { type Inbox, type OperationSubmitted, type Refusal, to } from '../protocol.ts'

export interface IntakeContext {
  /** The operations whose callers wait for an answer, with their kinds. */
  readonly waiting: OrderedMap<OperationId, OperationKind>
  readonly now: Now
}

export interface IntakeInput {
  readonly now: Now
}

/** The answer to the callers of some operations. */
export interface CallersAnswered {
  readonly type: 'callers.answered'
  readonly ids: readonly OperationId[]
  /** Null for operations that are accepted: they are on disk. */
  readonly refusal: Refusal | null
}

/** The refusal of a submission that arrives while the intake is closed. */
const CLOSED: Refusal = {
  code: 'batcher_unavailable',
  message: 'Batcher service is unavailable. Please try again.',
}

/** The refusal of an operation that the store does not hold after a crash: the caller can submit it again. */
export const NOT_STORED: Refusal = {
  code: 'batcher_unavailable',
  message: 'The gateway is restarting; nothing was stored. Please try again.',
}

/** The refusal of an operation about which the store does not answer after a crash. */
export const UNCERTAIN: Refusal = {
  code: 'store_unavailable',
  message: 'The store did not answer. The operation may be stored: ask for its status later.',
}

export function startContext({ now }: IntakeInput): IntakeContext {
  return { waiting: OrderedMap.empty<OperationId, OperationKind>(compareIds), now }
}

function compareIds(a: OperationId, b: OperationId): number {
  return a < b ? -1 : Number(a > b)
}

/** The ids of the operations whose callers wait for an answer. */
export function waitingIds({ waiting }: IntakeContext): readonly OperationId[] {
  return [...waiting].map(([id]) => id)
}

export const intakeSetup = setup({
  types: {
    context: {} as IntakeContext,
    input: {} as IntakeInput,
    events: {} as Inbox['intake'],
    emitted: {} as OperationEvent,
  },
  actors: {
    /** Delivers answers to callers. At its stop, all waiting callers get an answer. */
    answerCallers: fromCallback<CallersAnswered>(() => {}),
    /** Waits for the end of the last commit, then finds the stored operations. */
    findStored: fromPromise<readonly OperationId[], { readonly ids: readonly OperationId[] }>(
      notProvided('findStored'),
    ),
  },
  actions: {
    startAnswering: spawnChild('answerCallers', { id: 'answerCallers' }),
    requestAdmission: enqueueActions(({ context, enqueue }, submission: OperationSubmitted) => {
      const { id, kind } = submission.envelope
      enqueue.assign({ waiting: context.waiting.with(id, kind) })
      enqueue.sendTo(to('nonceTracker'), submission)
    }),
    refuseSubmission: enqueueActions(
      ({ context, enqueue }, { envelope: { id, kind } }: OperationSubmitted) => {
        enqueue.sendTo('answerCallers', callersAnswered([id], CLOSED))
        enqueue.emit({ type: 'operation.refused', kind, code: CLOSED.code, at: context.now() })
      },
    ),
    /** Skips operations without a waiting caller. */
    answer: enqueueActions(
      ({ context, enqueue }, { ids, refusal }: { ids: readonly OperationId[]; refusal: Refusal | null }) => {
        const answered = ids.filter((id) => context.waiting.has(id))
        if (answered.length === 0) return
        enqueue.sendTo('answerCallers', callersAnswered(answered, refusal))
        enqueue.assign({ waiting: context.waiting.withoutAll(answered) })
        for (const id of answered) enqueue.emit(answerEvent(context, id, refusal))
      },
    ),
    answerRest: enqueueActions(({ context, enqueue }, { refusal }: { refusal: Refusal }) => {
      const ids = waitingIds(context)
      if (ids.length === 0) return
      enqueue.sendTo('answerCallers', callersAnswered(ids, refusal))
      enqueue.assign({ waiting: context.waiting.withoutAll(ids) })
      for (const id of ids) enqueue.emit(answerEvent(context, id, refusal))
    }),
    reportSettled: sendTo(to('gateway'), { type: 'intake.settled' }),
  },
})

function callersAnswered(ids: readonly OperationId[], refusal: Refusal | null): CallersAnswered {
  return { type: 'callers.answered', ids, refusal }
}

function answerEvent(
  { waiting, now }: IntakeContext,
  id: OperationId,
  refusal: Refusal | null,
): OperationEvent {
  const kind = waiting.get(id)
  if (kind === undefined) throw new Error(`operation ${id} has no caller that waits`)
  return refusal === null
    ? { type: 'operation.accepted', id, kind, at: now() }
    : { type: 'operation.refused', kind, code: refusal.code, at: now() }
}
