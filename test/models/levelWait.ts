/** The model of a levelWait: the progress of its operation, news, and the end of its time. */
import { type AnyMachineSnapshot, createActor } from 'xstate'
import type { Progress } from '../../src/domain/progress.ts'
import { levelWaitMachine } from '../../src/machines/levelWait/levelWait.ts'
import type { LevelWaitContext, LevelWaitInput } from '../../src/machines/levelWait/setup.ts'
import { START } from '../machines/support/stage.ts'
import { after, done, fails, possible } from './support/events.ts'
import { deferredEffects, logicOf, type Model, pathStage, unanswered } from './support/model.ts'
import type { ModelEvent } from './support/paths.ts'
import { hold } from './support/promises.ts'

const submitted: Progress = { state: 'submitted', batchId: 'batch-1', levels: {} }
const included: Progress = { ...submitted, levels: { included: { blockNumber: 20, at: START } } }

const EVENTS: readonly ModelEvent[] = [
  done('readProgress', submitted, 'not yet'),
  done('readProgress', included, 'reached'),
  done('readProgress', { ...submitted, state: 'finalized' }, 'executed by another'),
  done('readProgress', null, 'unknown'),
  fails('readProgress'),
  { type: 'news', label: 'news' },
  { type: 'operation.batched', batchId: 'batch-2', label: 'in another batch' },
  { type: 'cancelled', label: 'cancelled' },
  after('limit', 'levelWait.Open'),
]

const input: LevelWaitInput = { id: 'op-1', until: 'included', endsWithVerdict: false, limit: 20_000 }

export const levelWaitModels: readonly [Model] = [
  {
    machine: levelWaitMachine,
    provided: { actors: unanswered(['readProgress']) },
    input,
    events: (snapshot) => possible(snapshot, EVENTS),
    view: ({ context }: AnyMachineSnapshot) => {
      const { batchId, until, endsWithVerdict }: LevelWaitContext = context
      return JSON.stringify([batchId, until, endsWithVerdict])
    },
    sent: ['news', 'operation.batched', 'cancelled'],
    start(watch) {
      const { stage, ...hands } = pathStage(null, watch)
      const effects = deferredEffects(stage, ['readProgress'])
      const machine = watch.watch(levelWaitMachine.provide({ actors: logicOf(effects) }))
      const actor = createActor(machine, { parent: stage.parent, input }).start()
      const check = () => {
        const { status, value } = actor.getSnapshot()
        hold('a wait is over when it has ended', (status === 'active') === (value !== 'Ended'))
      }
      return { actor, effects, check, ...hands }
    },
  },
]
