/** Some thousand requests to a running service; `npm run fuzz` sends more. Also tests the checks themselves. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { documentOf, testApp } from '../server/api.ts'
import { seedsOf } from '../support/campaign.ts'
import { fuzz } from './campaign.ts'
import { Contract } from './contract.ts'
import type { Answer } from './exchange.ts'
import { generate } from './generate.ts'
import { readAnswers } from './rawAnswers.ts'
import { reportFailure } from './report.ts'
import { type Scene, startScene } from './scene.ts'

const SEED = 1

describe('a running service', () => {
  let scene: Scene

  beforeAll(async () => {
    scene = await startScene()
  })

  afterAll(() => scene.stop())

  it('answers every request as documented, and keeps running', async () => {
    const { counts, failures } = await fuzz(scene, { seed: SEED, numbers: seedsOf('httpFuzz').values() })
    expect(failures.map((failure) => reportFailure(SEED, failure))).toEqual([])
    // Requests of every type were sent, and some operations were accepted.
    for (const key of [
      'POST /create-account 200',
      'GET /operations/{id} 200',
      '(pipeline) 200',
      '(bytes) 400',
    ]) {
      expect(counts.get(key) ?? 0, key).toBeGreaterThan(0)
    }
  })
})

describe('a generated request', () => {
  it('follows from seed and number alone', () => {
    for (const number of Array(50).keys()) expect(generate(7, number)).toEqual(generate(7, number))
    expect(generate(7, 1)).not.toEqual(generate(8, 1))
  })
})

describe('the check of an answer', async () => {
  const contract = new Contract(await documentOf(testApp().app))
  const id = '3f0f8f1c-6c0e-4f4a-9a53-2b1f0f6c9d11'
  const answer = (status: number, body: unknown, headers: Record<string, string> = {}): Answer => ({
    status,
    headers: new Headers({ 'Content-Type': 'application/json', 'X-Request-Id': id, ...headers }),
    body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
  })
  const status = { request_id: `gw_${id}`, kind: 'create_account', status: { state: 'queued' } }
  const problem = { code: 'not_found', message: 'Not found.' }

  it.each([
    ['GET', `/status/${id}?x=1`, answer(200, status)],
    ['HEAD', `/st%61tus/${id}`, answer(200, '')],
    ['GET', '/status/x', answer(404, problem)],
    ['GET', '/no', answer(404, problem)],
    ['PUT', '/health', answer(405, { ...problem, code: 'method_not_allowed' }, { Allow: 'GET' })],
    ['GET', '/a\\b', answer(400, { ...problem, code: 'bad_request' })],
    ['GET', '/inspector', answer(403, 'text', { 'Content-Type': 'text/plain' })],
  ])('accepts a correct answer to %s %s', (method, target, given) => {
    expect(contract.complaint(method, target, given)).toBeNull()
  })

  it.each([
    ['a defect', 'GET', '/health', answer(500, problem)],
    ['a defect of the live view', 'GET', '/inspector/stream', answer(500, 'text')],
    ['an undescribed status', 'GET', `/status/${id}`, answer(409, problem)],
    ['a body of another shape', 'GET', `/status/${id}`, answer(200, { ...status, more: 1 })],
    ['an unknown kind', 'GET', `/status/${id}`, answer(200, { ...status, kind: 'x' })],
    ['no JSON', 'GET', `/status/${id}`, answer(200, '{')],
    ['another content type', 'GET', `/status/${id}`, answer(200, status, { 'Content-Type': 'text/html' })],
    ['an invalid request id', 'GET', `/status/${id}`, answer(200, status, { 'X-Request-Id': 'x' })],
    [
      'a 503 without Retry-After',
      'POST',
      '/create-account',
      answer(503, { ...problem, code: 'chain_unavailable' }),
    ],
    ['a body after HEAD', 'HEAD', `/status/${id}`, answer(200, status)],
    ['success on an unknown route', 'GET', '/no', answer(200, status)],
    ['an error of another shape', 'GET', '/no', answer(404, { error: 'no' })],
    ['a 405 without Allow', 'PUT', '/health', answer(405, problem)],
    ['a 400 for a valid target', 'GET', '/no', answer(400, { ...problem, code: 'bad_request' })],
  ])('rejects %s', (_, method, target, given) => {
    expect(contract.complaint(method, target, given)).toEqual(expect.any(String))
  })
})

describe('the answers on a connection', () => {
  const read = (text: string, methods: readonly string[] = []) => readAnswers(Buffer.from(text), methods)
  const bodies = (text: string, methods?: readonly string[]) =>
    read(text, methods).map(({ body }) => body.toString())

  it('are separated by length, by chunks, by HEAD and by the end of the connection', () => {
    const sized = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab'
    const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nc\r\n2\r\nde\r\n0\r\n\r\n'
    const open = 'HTTP/1.1 404 Not Found\r\n\r\nrest'
    const interim = 'HTTP/1.1 100 Continue\r\n\r\n'
    expect(bodies(sized + interim + chunked + open)).toEqual(['ab', 'cde', 'rest'])
    expect(bodies(`HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n${sized}`, ['HEAD', 'GET'])).toEqual([
      '',
      'ab',
    ])
  })

  it.each([
    'nonsense\r\n\r\n',
    'HTTP/1.1 200 OK\r\n',
    'HTTP/1.1 200 OK\r\nno colon\r\n\r\n',
    'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab',
  ])('are rejected when malformed: %j', (text) => {
    expect(() => read(text)).toThrow()
  })
})
