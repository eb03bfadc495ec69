/** What can happen to the requestTracker, and what of its context guards look at. */
import { type AnyMachineSnapshot, createActor } from 'xstate'
import { ACTORS, type RecordRequested } from '../../src/machines/protocol.ts'
import {
  ContradictionError,
  type RequestTrackerContext,
  requestTrackerMachine,
} from '../../src/machines/requestTracker.ts'
import { START, Stage } from '../machines/support/stage.ts'
import { after, done, fails, possible } from './support/events.ts'
import { deferredEffects, logicOf, type Model } from './support/model.ts'
import type { ModelEvent } from './support/paths.ts'

const HOUR = 3_600_000

const EVENTS: readonly ModelEvent[] = [
  { ...request('retry'), label: 'a write that must not be lost' },
  { ...request('reject'), label: 'a write that may be refused' },
  { type: 'flush.requested', label: 'flush' },
  { type: 'tick', at: START + 1, label: 'tick' },
  { type: 'tick', at: START + HOUR, label: 'tick an hour later' },
  done('commit', { writes: 1, duration: 1, at: START }, 'committed'),
  fails('commit'),
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
  const { waiting, writing, isFlushing }: RequestTrackerContext = context
  const kinds = (requests: readonly RecordRequested[]) => requests.map(({ onFailure }) => onFailure).join()
  return JSON.stringify([kinds(waiting), kinds(writing), isFlushing])
}

/** Three writes show everything. */
function events(snapshot: AnyMachineSnapshot): readonly ModelEvent[] {
  const { waiting, writing }: RequestTrackerContext = snapshot.context
  const grows = ({ type }: ModelEvent) => type === 'record.requested' || type === 'tick'
  const whose =
    writing.length > 1 ? 'one of them contradicts what is stored' : 'it contradicts what is stored'
  return possible(snapshot, [
    ...EVENTS.filter((event) => waiting.length + writing.length < 3 || !grows(event)),
    fails('commit', new ContradictionError(whose)),
  ])
}

const input = { now: () => START, retention: HOUR }

export const requestTrackerModels: readonly [Model] = [
  {
    // On its own it has no parent to tell.
    machine: requestTrackerMachine.provide({ actions: { tellFlushed: () => {} } }),
    input,
    events,
    view,
    sent: ['record.requested', 'flush.requested', 'tick'],
    delays: { retryDelay: 1_000 },
    start(watch) {
      const stage = new Stage(ACTORS.requestTracker)
      const effects = deferredEffects(stage, ['commit'])
      const machine = requestTrackerMachine.provide({ actors: logicOf(effects) })
      watch(machine)
      const systemId = ACTORS.requestTracker
      return {
        actor: createActor(machine, { parent: stage.parent, systemId, input }).start(),
        stage,
        effects,
      }
    },
  },
]
