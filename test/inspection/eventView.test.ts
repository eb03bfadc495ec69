import { describe, expect, it } from 'vitest'
import { viewEvent } from '../../src/inspection/eventView.ts'

describe('an event', () => {
  it('without an entry in the table shows only numbers, booleans and texts', () => {
    const event = {
      type: 'novelty',
      count: 3,
      isNew: true,
      amount: 10n ** 30n,
      name: 'a name',
      nothing: null,
      payload: { raw: '0xdead' },
      list: ['0xdead'],
      act: () => {},
    }
    expect(viewEvent(event)).toEqual({
      type: 'novelty',
      count: 3,
      isNew: true,
      amount: '1000000000000000000000000000000',
      name: 'a name',
      nothing: null,
    })
  })

  it('has shortened texts', () => {
    const { data } = viewEvent({ type: 'novelty', data: `0x${'00'.repeat(10_000)}` })
    expect(String(data).length).toBeLessThan(250)
  })

  it('of a starting actor does not show the input', () => {
    const input = { config: { walletPrivateKey: '0xkey' } }
    expect(viewEvent({ type: 'xstate.init', input })).toEqual({ type: 'xstate.init' })
  })

  it('of a finished effect shows the plain fields of the result', () => {
    const report = { writes: 3, duration: 5, plan: { callData: '0xdead' } }
    expect(
      viewEvent({ type: 'xstate.done.actor.writeRecords', output: report, actorId: 'writeRecords' }),
    ).toEqual({
      type: 'xstate.done.actor.writeRecords',
      output: { writes: 3, duration: 5 },
    })
    expect(viewEvent({ type: 'xstate.done.actor.broadcast', output: 'accepted' })).toMatchObject({
      output: 'accepted',
    })
  })

  it('of a failed effect shows the first line of the error', () => {
    const error = new TypeError('no answer\nURL: http://secret\nRequest body: …')
    expect(viewEvent({ type: 'xstate.error.actor.writeRecords', error })).toEqual({
      type: 'xstate.error.actor.writeRecords',
      error: 'TypeError: no answer',
    })
  })

  it('with a payload shows ids and counts', () => {
    const envelope = {
      id: '1',
      kind: 'insert_authenticator',
      lane: { leaf: '7', nonce: 2 },
      operation: { signature: '0xdead' },
    }
    expect(viewEvent({ type: 'operation.submitted', envelope, chainNonce: 2 })).toEqual({
      type: 'operation.submitted',
      id: '1',
      kind: 'insert_authenticator',
      lane: '7:2',
      chainNonce: 2,
    })
  })

  it('with answers for callers shows the operations and the code, without payloads', () => {
    const refusal = { code: 'mismatched_signature_nonce', message: 'expected 3' }
    expect(viewEvent({ type: 'operations.admitted', ids: ['1', '2'] })).toEqual({
      type: 'operations.admitted',
      operations: 2,
      ids: ['1', '2'],
    })
    expect(viewEvent({ type: 'admission.refused', id: '1', refusal })).toEqual({
      type: 'admission.refused',
      id: '1',
      ...refusal,
    })
    const answered = { type: 'callers.answered', operations: 1, ids: ['1'] }
    expect(viewEvent({ type: 'callers.answered', ids: ['1'], refusal })).toEqual({
      ...answered,
      code: refusal.code,
    })
    expect(viewEvent({ type: 'callers.answered', ids: ['1'], refusal: null })).toEqual({
      ...answered,
      code: 'accepted',
    })
  })

  it('with many operations shows some ids and the count', () => {
    const ids = Array.from({ length: 80 }, (_, index) => `id-${index}`)
    const operations = ids.map((id) => ({ id, claims: ['0xdead'] }))
    const some = { operations: 80, ids: ids.slice(0, 50) }
    expect(viewEvent({ type: 'operations.recorded', ids })).toEqual({ type: 'operations.recorded', ...some })
    for (const type of ['operations.ready', 'operations.withdrawn']) {
      expect(viewEvent({ type, operations })).toEqual({ type, ...some })
    }
  })

  it('with an unknown shape shows only the type', () => {
    expect(viewEvent({ type: 'operation.submitted', envelope: null })).toEqual({
      type: 'operation.submitted',
    })
  })
})
