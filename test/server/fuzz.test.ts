import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nearlyValid, submissionPath as path } from '../fuzz/bodies.ts'
import { sizeOf } from '../support/campaign.ts'
import { testApp } from './api.ts'
import { BODIES } from './fixtures.ts'

const { app, logged } = testApp()
const JSON_HEADERS = { 'Content-Type': 'application/json' }

async function post(where: string, body: BodyLike, headers: Record<string, string> = JSON_HEADERS) {
  return app.request(where, { method: 'POST', headers, body })
}
type BodyLike = string | Uint8Array<ArrayBuffer>

/** Every answer is a success, or an error of the caller with a code and a message. */
async function expectNoDefect(response: Response) {
  expect(response.status).toBeLessThan(500)
  const body = await response.json()
  if (response.status !== 200) expect(body).toEqual({ code: expect.any(String), message: expect.any(String) })
  expect(logged).toEqual([])
}

describe('arbitrary requests never cause a defect:', () => {
  it('nearly valid bodies', async () => {
    await fc.assert(
      fc.asyncProperty(
        path.chain((where) => nearlyValid(where).map((body) => ({ where, body }))),
        async ({ where, body }) => {
          const response = await post(where, body)
          expect([200, 422]).toContain(response.status)
          await expectNoDefect(response)
        },
      ),
      { numRuns: sizeOf('apiProperties') },
    )
  })

  it('any JSON', async () => {
    await fc.assert(
      fc.asyncProperty(path, fc.json({ maxDepth: 8 }), async (where, body) =>
        expectNoDefect(await post(where, body)),
      ),
      { numRuns: sizeOf('apiProperties') },
    )
  })

  it('any bytes', async () => {
    await fc.assert(
      fc.asyncProperty(path, fc.uint8Array({ maxLength: 200 }), async (where, body) =>
        expectNoDefect(await post(where, new Uint8Array(body))),
      ),
      { numRuns: sizeOf('apiProperties') },
    )
  })

  it('any headers', async () => {
    const token = fc.stringMatching(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,20}$/)
    const value = fc.stringMatching(/^[\x20-\x7e]{0,60}$/)
    const contentType = fc.oneof(value, fc.constantFrom('application/json', 'application/json;charset=utf-7'))
    await fc.assert(
      fc.asyncProperty(fc.dictionary(token, value), contentType, async (headers, type) => {
        await expectNoDefect(await post('/create-account', '{}', { ...headers, 'Content-Type': type }))
      }),
      { numRuns: sizeOf('apiProperties') },
    )
  })

  it('any path', async () => {
    const segment = fc.oneof(
      fc.webSegment(),
      fc.constantFrom('status', 'batches', 'operations', '%', '%ff', '..', ''),
    )
    const method = fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'OPTIONS')
    await fc.assert(
      fc.asyncProperty(
        method,
        fc.array(segment, { maxLength: 4 }),
        fc.webQueryParameters(),
        async (method, path, query) => {
          const response = await app.request(`http://host/${path.join('/')}?${query}`, { method })
          await expectNoDefect(response)
        },
      ),
      { numRuns: sizeOf('apiProperties') },
    )
  })
})

describe('a hostile body', () => {
  const insert = BODIES['/insert-authenticator']
  const withField = (text: string) => `${JSON.stringify(insert).slice(0, -1)},${text}}`
  const megabyte = 1_000_000

  it.each([
    ['a prototype', withField('"__proto__":{"nonce":"9","toString":null}'), 200],
    ['a constructor', withField('"constructor":{"prototype":{"polluted":true}}'), 200],
    ['a repeated key, where the last value counts', withField('"nonce":"1"'), 200],
    ['a repeated key with a wrong last value', withField('"nonce":1'), 422],
    ['a huge number', withField('"pubkey_id":1e999'), 422],
    ['a number of a million digits', withField(`"nonce":${'9'.repeat(megabyte)}`), 422],
    ['an integer of a million digits', withField(`"nonce":"${'9'.repeat(megabyte)}"`), 422],
    ['a million zeros and a letter', withField(`"nonce":"${'0'.repeat(megabyte)}g"`), 422],
    ['a million spaces', withField(`"nonce":"${' '.repeat(megabyte)}x"`), 422],
    [
      'deep nesting in an unknown field',
      withField(`"deep":${'['.repeat(megabyte / 2)}${']'.repeat(megabyte / 2)}`),
      200,
    ],
    [
      'deep nesting in a known field',
      withField(`"nonce":${'['.repeat(megabyte / 2)}${']'.repeat(megabyte / 2)}`),
      422,
    ],
    ['unclosed deep nesting', '['.repeat(megabyte), 400],
    [
      'a hundred thousand keys',
      withField(Array.from({ length: 1e5 }, (_, key) => `"k${key}":0`).join()),
      200,
    ],
    ['half a surrogate pair', withField('"note":"\\ud800"'), 200],
    ['a null byte', withField('"signature":"\\u0000"'), 422],
  ])('with %s is answered', async (_, body, status) => {
    const response = await post('/insert-authenticator', body)
    expect(response.status).toBe(status)
    await expectNoDefect(response)
    expect(Object.prototype).not.toHaveProperty('polluted')
  })
})
