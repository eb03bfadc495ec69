import { describe, expect, it } from 'vitest'
import { RefusedError, UnavailableError } from '../../../src/domain/errors.ts'
import type { Operation } from '../../../src/domain/operation.ts'
import { expectProblem, LIMITS, testApp, UUID } from '../api.ts'
import { BODIES, INSERT, KINDS, OPERATION_ID, SUBMISSION_PATHS } from '../fixtures.ts'

const NOT_JSON = 'The Content-Type of the body must be application/json.'

describe.each(SUBMISSION_PATHS)('POST %s', (path) => {
  it('returns the id of the stored operation', async () => {
    const submitted: { operation: Operation; id: string | undefined }[] = []
    const { post } = testApp({
      trySubmit: async (operation, id = '') => {
        submitted.push({ operation, id })
        return { id, kind: operation.kind, state: { state: 'queued' } }
      },
    })
    const response = await post(path, BODIES[path])
    expect(response.status).toBe(200)
    const requestId = response.headers.get('X-Request-Id')
    expect(requestId).toMatch(UUID)
    expect(await response.text()).toBe(
      `{"request_id":"gw_${requestId}","kind":"${KINDS[path]}","status":{"state":"queued"}}`,
    )
    expect(submitted).toHaveLength(1)
    expect(submitted[0]).toMatchObject({ operation: { kind: KINDS[path] }, id: requestId })
  })

  it.each(Object.keys(BODIES[path]))('names the field %s if its type is wrong', async (field) => {
    await expectProblem(
      await testApp().post(path, { ...BODIES[path], [field]: 1 }),
      422,
      'unprocessable_body',
      new RegExp(`^${field}: `),
    )
  })

  it('names a missing field', async () => {
    const [last = ''] = Object.keys(BODIES[path]).slice(-1)
    const { [last]: _, ...rest } = BODIES[path] as Record<string, unknown>
    await expectProblem(await testApp().post(path, rest), 422, 'unprocessable_body', `${last}: missing`)
  })
})

describe('the body of a submission', () => {
  it('is converted to an operation of the domain', async () => {
    const submitted: Operation[] = []
    const { post } = testApp({
      trySubmit: async (operation, id = '') => {
        submitted.push(operation)
        return { id, kind: operation.kind, state: { state: 'queued' } }
      },
    })
    await post('/insert-authenticator', { ...BODIES['/insert-authenticator'], unknown: { ignored: true } })
    expect(submitted).toEqual([INSERT])
  })

  it.each(['application/json', 'application/json; charset=utf-8', 'Application/JSON', 'application/ld+json'])(
    'may have the content type %s',
    async (contentType) => {
      const body = BODIES['/create-account']
      const response = await testApp().post('/create-account', body, { 'Content-Type': contentType })
      expect(response.status).toBe(200)
    },
  )

  it.each(['text/plain', 'application/jsonp', 'application/x-www-form-urlencoded', 'json', 'text/json', ''])(
    'must not have the content type "%s"',
    async (contentType) => {
      const response = await testApp().post('/create-account', '{', { 'Content-Type': contentType })
      await expectProblem(response, 415, 'unsupported_media_type', NOT_JSON)
    },
  )

  it('must have a content type', async () => {
    const response = await testApp().post('/create-account', new TextEncoder().encode('{}'), {})
    await expectProblem(response, 415, 'unsupported_media_type', NOT_JSON)
  })

  it.each(['', '{', '{"a":1}}', 'nope', '\u{feff}{}', '{"a":1,}'])('must be JSON, not %j', async (body) => {
    const response = await testApp().post('/create-account', body)
    await expectProblem(response, 400, 'bad_request', /^The body is not valid JSON: /)
  })

  it('must be UTF-8', async () => {
    const body = Uint8Array.from([...new TextEncoder().encode('{"note":"'), 0xff, 0x22, 0x7d])
    await expectProblem(
      await testApp().post('/create-account', body),
      400,
      'bad_request',
      'The body is not valid UTF-8. Send JSON in UTF-8.',
    )
  })

  it.each(['null', '[]', '1', '"text"', 'true'])('must be an object, not %s', async (body) => {
    await expectProblem(await testApp().post('/create-account', body), 422, 'unprocessable_body', /^body: /)
  })

  it.each([
    ['a number', 7],
    ['hex without a prefix', 'ff'],
    ['nothing', ''],
    ['a bare prefix', '0x'],
    ['2^64', '0x10000000000000000'],
    ['a sign', '-1'],
  ])('must not have %s in place of an integer', async (_, leaf_index) => {
    const response = await testApp().post('/insert-authenticator', {
      ...BODIES['/insert-authenticator'],
      leaf_index,
    })
    await expectProblem(response, 422, 'unprocessable_body', /^leaf_index: /)
  })

  it('may have a wrong list element: the error names the element', async () => {
    const body = { ...BODIES['/create-account'], authenticator_addresses: [`0x${'1'.repeat(40)}`, '0x1'] }
    const response = await testApp().post('/create-account', body)
    await expectProblem(response, 422, 'unprocessable_body', /^authenticator_addresses\.1: /)
  })

  it('must not have a very long list: the elements are not checked', async () => {
    const body = { ...BODIES['/create-account'], authenticator_addresses: Array(600_000).fill('') }
    await expectProblem(
      await testApp().post('/create-account', body),
      422,
      'unprocessable_body',
      'authenticator_addresses: must have at most 1000 elements',
    )
  })

  it('is checked for content type, size, syntax and fields, in this order, before the submission', async () => {
    let submissions = 0
    const { post } = testApp(
      {
        trySubmit: async () => {
          submissions++
          throw new RefusedError('bad_request', 'leaf_index cannot be zero')
        },
      },
      { limits: { ...LIMITS, bodyBytes: 800, requestTimeoutMs: 10_000 } },
    )
    const path = '/insert-authenticator'
    const text = { 'Content-Type': 'text/plain' }
    expect((await post(path, 'x'.repeat(801), text)).status).toBe(415)
    expect((await post(path, 'x'.repeat(801))).status).toBe(413)
    expect((await post(path, 'x'.repeat(800))).status).toBe(400)
    expect((await post(path, {})).status).toBe(422)
    expect(submissions).toBe(0)
    await expectProblem(await post(path, BODIES[path]), 400, 'bad_request', 'leaf_index cannot be zero')
    expect(submissions).toBe(1)
  })
})

describe('a refused submission', () => {
  it.each([
    ['authenticator_already_exists', 400],
    ['mismatched_signature_nonce', 400],
    ['duplicate_request_in_flight', 400],
    ['method_not_available', 501],
  ] as const)('with code %s is answered %d, and the message is the code', async (code, status) => {
    const { post, logged } = testApp({ trySubmit: () => Promise.reject(new RefusedError(code)) })
    const response = await post('/create-account', BODIES['/create-account'])
    expect(response.headers.get('X-Request-Id')).toMatch(UUID)
    expect(response.headers.has('Retry-After')).toBe(false)
    await expectProblem(response, status, code, code)
    expect(logged).toEqual([])
  })

  it('names the operation in flight that it duplicates', async () => {
    const code = 'duplicate_request_in_flight'
    const error = new RefusedError(code, code, { duplicateOf: OPERATION_ID })
    const { post } = testApp({ trySubmit: () => Promise.reject(error) })
    const response = await post('/create-account', BODIES['/create-account'])
    expect(response.status).toBe(400)
    expect(await response.json()).toEqual({ code, message: code, request_id: `gw_${OPERATION_ID}` })
  })

  it.each(['batcher_unavailable', 'chain_unavailable', 'store_unavailable'] as const)(
    'with code %s is answered 503 with Retry-After',
    async (code) => {
      const error = new UnavailableError(code, 'Not now.', { retryAfter: 3, cause: new Error('secret') })
      const { post } = testApp({ trySubmit: () => Promise.reject(error) })
      const response = await post('/create-account', BODIES['/create-account'])
      expect(response.headers.get('Retry-After')).toBe('3')
      await expectProblem(response, 503, code, 'Not now.')
    },
  )
})
