import { describe, expect, it } from 'vitest'
import { createActor } from 'xstate'
import { answerCallers, Callers } from '../../src/actors/answerCallers.ts'
import type { Refusal } from '../../src/machines/protocol.ts'

function setting() {
  const callers = new Callers()
  const actor = createActor(answerCallers(callers)).start()
  const answer = (ids: readonly string[], refusal: Refusal | null = null) =>
    actor.send({ type: 'callers.answered', ids, refusal })
  return { callers, actor, answer }
}

describe('answerCallers', () => {
  it('resolves the promises of accepted operations', async () => {
    const { callers, answer } = setting()
    const [first, second] = [callers.wait('a'), callers.wait('b')]
    answer(['a', 'b'])
    await expect(Promise.all([first, second])).resolves.toEqual([undefined, undefined])
  })

  it.each([
    ['duplicate_request_in_flight', { name: 'RefusedError', http: 400 }],
    ['mismatched_signature_nonce', { name: 'RefusedError', http: 400 }],
    ['batcher_unavailable', { name: 'UnavailableError', http: 503, retryAfter: 5 }],
    ['store_unavailable', { name: 'UnavailableError', http: 503, retryAfter: 1 }],
  ] as const)('rejects a refused operation with the error of its code: %s', async (code, error) => {
    const { callers, answer } = setting()
    const refused = callers.wait('a')
    answer(['a'], { code, message: 'a reason' })
    await expect(refused).rejects.toMatchObject({ code, message: 'a reason', ...error })
  })

  it('answers waiting callers on stop with an uncertain result', async () => {
    const { callers, actor, answer } = setting()
    const [answered, waiting] = [callers.wait('a'), callers.wait('b')]
    answer(['a'])
    actor.stop()
    await expect(answered).resolves.toBeUndefined()
    await expect(waiting).rejects.toMatchObject({
      code: 'store_unavailable',
      http: 503,
      message: expect.stringContaining('ask for its status later'),
    })
  })

  it('ignores an answer without a waiting caller', () => {
    const { actor, answer } = setting()
    answer(['a'])
    expect(actor.getSnapshot().status).toBe('active')
  })

  it('refuses a second caller for an operation', async () => {
    const { callers, answer } = setting()
    const first = callers.wait('a')
    await expect(callers.wait('a')).rejects.toMatchObject({
      code: 'duplicate_request_in_flight',
      duplicateOf: 'a',
    })
    answer(['a'])
    await expect(first).resolves.toBeUndefined()
  })
})
