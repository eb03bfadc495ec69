import { describe, expect, it } from 'vitest'
import { RefusedError } from '../../src/domain/errors.ts'
import { expectProblem, testApp } from './api.ts'
import { BODIES, OPERATION_ID } from './fixtures.ts'

const INSERT = BODIES['/insert-authenticator']

describe('the access log', () => {
  it('has a line at info for a submission, with the account and the id of the operation', async () => {
    const { post, accesses } = testApp({}, { now: ticking(7) })
    const response = await post('/insert-authenticator', INSERT)
    expect(accesses).toEqual([
      {
        level: 'info',
        message: 'request answered',
        details: {
          requestId: response.headers.get('X-Request-Id'),
          method: 'POST',
          path: '/insert-authenticator',
          status: 200,
          ms: 7,
          client: 'unknown',
          account: '42',
          outcome: 'ok',
        },
      },
    ])
  })

  it('names code and account of a refused submission', async () => {
    const { post, accesses } = testApp({
      trySubmit: async () => {
        throw new RefusedError('pubkey_id_in_use', 'The slot is in use.')
      },
    })
    await expectProblem(await post('/insert-authenticator', INSERT), 400, 'pubkey_id_in_use', /slot/)
    expect(accesses).toMatchObject([
      { level: 'info', details: { status: 400, outcome: 'pubkey_id_in_use', account: '42' } },
    ])
  })

  it('has no account for a new account and for a malformed body', async () => {
    const { post, accesses } = testApp()
    await post('/create-account', BODIES['/create-account'])
    await post('/insert-authenticator', '{')
    expect(accesses.map(({ details }) => 'account' in details)).toEqual([false, false])
    expect(accesses).toMatchObject([{ details: { outcome: 'ok' } }, { details: { outcome: 'bad_request' } }])
  })

  it('names the client behind a trusted proxy, and also a request without the token', async () => {
    const access = { anyHost: false, viewToken: 'a-long-operator-token' }
    const { get, accesses } = testApp({}, { trustedProxies: 1, access })
    await get('/wallet?token=secret', { headers: { 'X-Forwarded-For': '192.0.2.7' } })
    expect(accesses).toMatchObject([
      {
        level: 'info',
        details: {
          client: '192.0.2.7',
          path: '/wallet',
          status: 401,
          outcome: 'operator_token_required',
        },
      },
    ])
  })

  it('has polls of a status at info, and unknown paths in bounded length', async () => {
    const { get, accesses } = testApp()
    await get(`/status/gw_${OPERATION_ID}`)
    await get(`/${'x'.repeat(1_000)}`)
    expect(accesses.map(({ level }) => level)).toEqual(['info', 'info'])
    expect(accesses[1]).toMatchObject({
      details: { path: `/${'x'.repeat(199)}…`, status: 404, outcome: 'not_found' },
    })
  })

  it('has what monitors ask for ever at debug, and at info when it fails', async () => {
    const { get, accesses } = testApp({ isAdmitting: () => true })
    for (const path of ['/livez', '/readyz', '/metrics', '/health']) await get(path)
    expect(accesses.map(({ level }) => level)).toEqual(['debug', 'debug', 'debug', 'debug'])
    const starting = testApp({ isAdmitting: () => false })
    await starting.get('/readyz')
    expect(starting.accesses).toMatchObject([{ level: 'info', details: { outcome: 'batcher_unavailable' } }])
  })
})

/** A clock that goes on by `step` at each reading. */
function ticking(step: number): () => number {
  let time = 0
  return () => {
    time += step
    return time
  }
}
