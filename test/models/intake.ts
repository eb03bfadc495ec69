/** The events of the intake, and the part of its context that guards read. */
import { createActor, fromCallback } from 'xstate'
import { intakeMachine } from '../../src/machines/intake/intake.ts'
import type { CallersAnswered } from '../../src/machines/intake/setup.ts'
import { ACTORS } from '../../src/machines/protocol.ts'
import { envelope, op } from '../machines/support/samples.ts'
import { START } from '../machines/support/stage.ts'
import { done, fails, possible } from './support/events.ts'
import { deferredEffects, logicOf, type Model, pathStage } from './support/model.ts'
import type { ModelEvent } from './support/paths.ts'
import { hold } from './support/promises.ts'

const submitted = op(1)
const refusal = { code: 'duplicate_request_in_flight', message: 'a duplicate' } as const

const EVENTS: readonly ModelEvent[] = [
  { type: 'intake.opened', label: 'opened' },
  { type: 'intake.closed', label: 'closed' },
  { type: 'operation.submitted', envelope: envelope(submitted), chainNonce: null, label: 'submitted' },
  { type: 'operations.admitted', ids: [submitted.id], label: 'admitted' },
  { type: 'admission.refused', id: submitted.id, refusal, label: 'refused' },
  { type: 'admissions.interrupted', label: 'interrupted' },
  done('findStored', [submitted.id], 'stored'),
  done('findStored', [], 'not stored'),
  fails('findStored'),
]

const input = { now: () => START }

export const intakeModels: readonly [Model] = [
  {
    machine: intakeMachine,
    // No gateway is present to receive the report.
    provided: { actions: { reportSettled: () => {}, requestAdmission: () => {} } },
    input,
    events: (snapshot) => possible(snapshot, EVENTS),
    view: () => '',
    sent: EVENTS.map(({ type }) => type).filter((type) => !type.startsWith('xstate')),
    start(watch) {
      const { stage, ...hands } = pathStage(ACTORS.intake, watch)
      const effects = deferredEffects(stage, ['findStored'])
      let answers = 0
      const answerCallers = fromCallback<CallersAnswered>(({ receive }) =>
        receive(({ ids }) => {
          answers += ids.length
        }),
      )
      const actors = { ...logicOf(effects), answerCallers } as never
      const machine = watch.watch(intakeMachine.provide({ actors }))
      const systemId = ACTORS.intake
      const actor = createActor(machine, { parent: stage.parent, systemId, input }).start()
      let submissions = 0
      const check = ({ type }: ModelEvent) => {
        if (type === 'operation.submitted') submissions += 1
        const { context, value } = actor.getSnapshot()
        // Each path submits one operation. A repeated submission adds no waiting caller.
        hold('no caller gets two answers', answers <= submissions)
        const isSettled = value !== 'Open' && JSON.stringify(value).includes('Idle')
        const isAnswer = type.startsWith('xstate.done') || type.startsWith('xstate.error')
        hold('after an interruption no caller waits', !(isSettled && isAnswer) || context.waiting.size === 0)
        hold(
          'a closed intake asks for no admission',
          type !== 'operation.submitted' || value === 'Open' || answers > 0,
        )
      }
      return { actor, effects, check, ...hands }
    },
  },
]
