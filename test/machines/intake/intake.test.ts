import { describe, expect, it } from 'vitest'
import { createActor, fromCallback } from 'xstate'
import type { OperationId } from '../../../src/domain/operation.ts'
import { intakeMachine } from '../../../src/machines/intake/intake.ts'
import type { CallersAnswered } from '../../../src/machines/intake/setup.ts'
import { ACTORS, type Refusal } from '../../../src/machines/protocol.ts'
import { Deferred } from '../support/deferred.ts'
import { envelope, op } from '../support/samples.ts'
import { START, Stage } from '../support/stage.ts'

const REFUSAL: Refusal = { code: 'duplicate_request_in_flight', message: 'a duplicate' }

function setting() {
  const stage = new Stage(ACTORS.intake)
  const answers: Omit<CallersAnswered, 'type'>[] = []
  const findStored = new Deferred<readonly OperationId[], { readonly ids: readonly OperationId[] }>(stage)
  const answerCallers = fromCallback<CallersAnswered>(({ receive }) => {
    receive(({ ids, refusal }) => answers.push({ ids, refusal }))
  })
  const machine = intakeMachine.provide({ actors: { answerCallers, findStored: findStored.logic } })
  const intake = createActor(machine, {
    parent: stage.parent,
    systemId: ACTORS.intake,
    input: { now: stage.now },
  }).start()
  const state = () => intake.getSnapshot().value
  const submit = (number: number) =>
    intake.send({ type: 'operation.submitted', envelope: envelope(op(number)), chainNonce: null })
  return { stage, intake, state, submit, answers, findStored }
}

/** An open intake. */
function open() {
  const all = setting()
  all.intake.send({ type: 'intake.opened' })
  return all
}

describe('an open intake', () => {
  it('asks the nonceTracker for admission', () => {
    const { stage, submit, answers } = open()
    submit(1)
    expect(stage.receivedBy('nonceTracker')).toEqual([
      { type: 'operation.submitted', envelope: envelope(op(1)), chainNonce: null },
    ])
    expect(answers).toEqual([])
  })

  it('answers the caller of each admitted operation, and emits one event per operation', () => {
    const { stage, intake, submit, answers } = open()
    for (const number of [1, 2, 3]) submit(number)
    intake.send({ type: 'operations.admitted', ids: ['op-1', 'op-2'] })
    expect(answers).toEqual([{ ids: ['op-1', 'op-2'], refusal: null }])
    const { kind } = op(1)
    expect(stage.emitted).toEqual([
      { type: 'operation.accepted', id: 'op-1', kind, at: START },
      { type: 'operation.accepted', id: 'op-2', kind, at: START },
    ])
  })

  it('answers the caller of a refused operation', () => {
    const { stage, intake, submit, answers } = open()
    submit(1)
    intake.send({ type: 'admission.refused', id: 'op-1', refusal: REFUSAL })
    expect(answers).toEqual([{ ids: ['op-1'], refusal: REFUSAL }])
    expect(stage.emitted).toEqual([
      { type: 'operation.refused', kind: op(1).kind, code: REFUSAL.code, at: START },
    ])
  })

  it('answers a caller once only', () => {
    const { stage, intake, submit, answers } = open()
    submit(1)
    intake.send({ type: 'operations.admitted', ids: ['op-1'] })
    intake.send({ type: 'operations.admitted', ids: ['op-1'] })
    intake.send({ type: 'admission.refused', id: 'op-1', refusal: REFUSAL })
    expect(answers).toHaveLength(1)
    expect(stage.emitted).toHaveLength(1)
  })
})

describe('a closed intake', () => {
  it('refuses submissions before intake.opened and after intake.closed', () => {
    const { stage, intake, submit, answers } = setting()
    submit(1)
    intake.send({ type: 'intake.opened' })
    intake.send({ type: 'intake.closed' })
    submit(2)
    expect(stage.receivedBy('nonceTracker')).toEqual([])
    expect(answers).toMatchObject([
      { ids: ['op-1'], refusal: { code: 'batcher_unavailable' } },
      { ids: ['op-2'], refusal: { code: 'batcher_unavailable' } },
    ])
    expect(stage.emittedOf('operation.refused')).toHaveLength(2)
  })

  it('still answers the callers of operations submitted before intake.closed', () => {
    const { intake, submit, answers } = open()
    submit(1)
    submit(2)
    intake.send({ type: 'intake.closed' })
    intake.send({ type: 'operations.admitted', ids: ['op-1'] })
    intake.send({ type: 'admission.refused', id: 'op-2', refusal: REFUSAL })
    expect(answers).toEqual([
      { ids: ['op-1'], refusal: null },
      { ids: ['op-2'], refusal: REFUSAL },
    ])
  })
})

describe('an intake whose admissions are interrupted', () => {
  it('accepts the operations that the store holds, and refuses the rest as not stored', async () => {
    const { stage, intake, submit, answers, findStored, state } = open()
    for (const number of [1, 2, 3]) submit(number)
    intake.send({ type: 'admissions.interrupted' })
    expect(state()).toEqual({ Closed: 'Settling' })
    expect(findStored.inputs).toEqual([{ ids: ['op-1', 'op-2', 'op-3'] }])
    expect(answers).toEqual([])
    await findStored.resolve(['op-2'])
    expect(answers).toMatchObject([
      { ids: ['op-2'], refusal: null },
      {
        ids: ['op-1', 'op-3'],
        refusal: {
          code: 'batcher_unavailable',
          message: 'The gateway is restarting; nothing was stored. Please try again.',
        },
      },
    ])
    expect(state()).toEqual({ Closed: 'Idle' })
    expect(stage.receivedBy('gateway')).toEqual([{ type: 'intake.settled' }])
    expect(stage.emitted.map(({ type }) => type)).toEqual([
      'operation.accepted',
      'operation.refused',
      'operation.refused',
    ])
  })

  it('tells the callers that the result is uncertain when the store does not answer', async () => {
    const { stage, intake, submit, answers, findStored, state } = open()
    submit(1)
    intake.send({ type: 'admissions.interrupted' })
    await findStored.reject('disk on fire')
    expect(answers).toMatchObject([{ ids: ['op-1'], refusal: { code: 'store_unavailable' } }])
    expect(state()).toEqual({ Closed: 'Idle' })
    expect(stage.receivedBy('gateway')).toEqual([{ type: 'intake.settled' }])
  })

  it('reports to the gateway when no caller waits, too', async () => {
    const { stage, intake, answers, findStored } = open()
    intake.send({ type: 'admissions.interrupted' })
    await findStored.resolve([])
    expect(answers).toEqual([])
    expect(stage.receivedBy('gateway')).toEqual([{ type: 'intake.settled' }])
  })

  it('refuses submissions until the next intake.opened', async () => {
    const { intake, submit, answers, findStored, state } = open()
    intake.send({ type: 'admissions.interrupted' })
    submit(1)
    expect(answers).toMatchObject([{ ids: ['op-1'], refusal: { code: 'batcher_unavailable' } }])
    await findStored.resolve([])
    intake.send({ type: 'intake.opened' })
    expect(state()).toBe('Open')
  })
})
