/** The model of the requestTracker: the events of each state, and the context that guards read. */
import { type AnyMachineSnapshot, createActor, type SnapshotFrom } from 'xstate'
import { ACTORS, type RecordRequested } from '../../src/machines/protocol.ts'
import { requestTrackerMachine } from '../../src/machines/requestTracker/requestTracker.ts'
import {
  ContradictionError,
  InterruptedCommitError,
  type RequestTrackerContext,
} from '../../src/machines/requestTracker/setup.ts'
import { START, type Stage } from '../machines/support/stage.ts'
import { after, done, fails, possible } from './support/events.ts'
import { deferredEffects, logicOf, type Model, pathStage } from './support/model.ts'
import type { ModelEvent } from './support/paths.ts'
import { hold } from './support/promises.ts'

const HOUR = 3_600_000

const EVENTS: readonly ModelEvent[] = [
  { ...request('retry'), label: 'a write that must not be lost' },
  { ...request('reject'), label: 'a write that may be refused' },
  { type: 'flush.requested', label: 'flush' },
  { type: 'prune.due', label: 'time to forget' },
  done('writeRecords', { writes: 1, duration: 1, at: START, ignored: [] }, 'committed'),
  done(
    'writeRecords',
    { writes: 1, duration: 1, at: START, ignored: [], hasPrunable: true },
    'committed, old records are left',
  ),
  fails('writeRecords'),
  after('gatherTime', 'requestTracker.Gathering'),
  after('retryDelay', 'requestTracker.Failing'),
]

function request(onFailure: RecordRequested['onFailure']): RecordRequested {
  return {
    type: 'record.requested',
    writes: [{ type: 'pruned', before: 0 }],
    reply: { to: 'nonceTracker', token: 'op-1' },
    onFailure,
  }
}

function view({ context }: AnyMachineSnapshot): string {
  const { waiting, writing, isFlushing, committedAt }: RequestTrackerContext = context
  const kinds = (requests: readonly RecordRequested[]) => requests.map(({ onFailure }) => onFailure).join()
  return JSON.stringify([kinds(waiting), kinds(writing), isFlushing, committedAt === null])
}

/** Three writes show everything. */
function events(snapshot: AnyMachineSnapshot): readonly ModelEvent[] {
  const { waiting, writing }: RequestTrackerContext = snapshot.context
  const grows = ({ type }: ModelEvent) => type === 'record.requested' || type === 'prune.due'
  const whose =
    writing.length > 1 ? 'one of them contradicts what is stored' : 'it contradicts what is stored'
  return possible(snapshot, [
    ...EVENTS.filter((event) => waiting.length + writing.length < 3 || !grows(event)),
    fails('writeRecords', new ContradictionError(whose)),
    fails('writeRecords', new InterruptedCommitError('the store is gone')),
  ])
}

const input = { now: () => START, retention: HOUR }

export const requestTrackerModels: readonly [Model] = [
  {
    machine: requestTrackerMachine,
    // The machine runs alone, without a gateway.
    provided: { actions: { tellFlushed: () => {} } },
    input,
    events,
    view,
    sent: ['record.requested', 'flush.requested'],
    start(watch) {
      const { stage, ...hands } = pathStage(ACTORS.requestTracker, watch)
      // An interrupted commit crashes the machine: this is its escalation to the gateway.
      const settle = () =>
        stage.settle().catch((error: unknown) => {
          if (!(error instanceof InterruptedCommitError)) throw error
        })
      const effects = deferredEffects({ settle }, ['writeRecords'])
      const machine = watch.watch(requestTrackerMachine.provide({ actors: logicOf(effects) }))
      const systemId = ACTORS.requestTracker
      const actor = createActor(machine, { parent: stage.parent, systemId, input }).start()
      return { actor, effects, check: promises(stage, () => actor.getSnapshot()), ...hands, settle }
    },
  },
]

/** Counts requests by `onFailure`: every received request is written, or dropped if the kind allows a drop. */
function promises(stage: Stage, read: () => SnapshotFrom<typeof requestTrackerMachine>) {
  const open = { retry: 0, reject: 0 }
  let [seen, flushed] = [0, 0]
  let writing: readonly RecordRequested[] = []
  return ({ type, error, onFailure }: ModelEvent) => {
    const { context, value } = read()
    const isCommitted = type === 'xstate.done.actor.writeRecords'
    const isRefused = type === 'xstate.error.actor.writeRecords'
    const isAlone = writing.length === 1 && error instanceof ContradictionError
    if (onFailure === 'retry' || onFailure === 'reject') open[onFailure] += 1
    const answers = stage.receivedBy('nonceTracker').slice(seen)
    const [recorded, failed] = ['operations.recorded', 'record.failed'].map((answer) =>
      answers.filter((message) => message.type === answer),
    )
    seen += answers.length
    hold('operations.recorded is sent only after the commit', isCommitted || recorded?.length === 0)
    hold('record.failed is sent only after a failed commit', isRefused || failed?.length === 0)
    for (const request of writing.filter(isFromActor)) {
      const isDropped = isRefused && (isAlone || (request.onFailure === 'reject' && value === 'Failing'))
      if (isCommitted || isDropped) open[request.onFailure] -= 1
    }
    const kept = [...context.waiting, ...context.writing].filter(isFromActor)
    const count = (kind: RecordRequested['onFailure']) =>
      kept.filter((request) => request.onFailure === kind).length
    hold('no write with onFailure retry is lost', count('retry') === open.retry)
    hold(
      'every write with onFailure reject is written or reported as failed',
      count('reject') === open.reject,
    )
    const flushes = stage.receivedBy('gateway').filter((message) => message.type === 'flushed')
    const isNew = flushes.length > flushed
    hold('flushed is sent when no write is left', !isNew || (value === 'Flushed' && kept.length === 0))
    flushed = flushes.length
    writing = context.writing
  }
}

/** True for requests of other actors. The tracker may lose own requests. */
function isFromActor({ reply }: RecordRequested): boolean {
  return reply !== null
}
