import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, describe, expect, it } from 'vitest'
import type { Health, OpsBatcherHandle } from '../../src/domain/handle.ts'
import type { AppOptions } from '../../src/server/app.ts'
import { type Listening, listen } from '../../src/server/listen.ts'
import { expectProblem, LIMITS, testApp, UUID } from './api.ts'
import { BODIES, OPERATION_ID, WELL } from './fixtures.ts'

const BODY = JSON.stringify(BODIES['/create-account'])
const LOCAL = { host: '127.0.0.1', keepAliveMs: 75_000 }
const JSON_HEADERS = { 'Content-Type': 'application/json' }

const opened: Listening[] = []

async function start(
  gateway: Partial<OpsBatcherHandle> = {},
  limits?: AppOptions['limits'],
): Promise<Listening> {
  const { app } = testApp(gateway, limits && { limits })
  const listening = await listen(app, { ...LOCAL, port: 0 })
  opened.push(listening)
  return listening
}

afterEach(async () => {
  await Promise.all(opened.splice(0).map((listening) => listening.close()))
})

const post = (url: string, body: string | ReadableStream, headers: Record<string, string> = JSON_HEADERS) =>
  fetch(`${url}/create-account`, {
    method: 'POST',
    headers,
    body,
    ...(body instanceof ReadableStream && { duplex: 'half' }),
  })

/** A body without a declared length. */
function streamOf(...chunks: readonly string[]): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(encoder.encode(chunk))
      controller.close()
    },
  })
}

/** Sends raw bytes. Resolves to the received text after the server closes the connection. */
async function sendRaw(port: number, bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  socket.end(bytes)
  return text(socket)
}

function deferred<T>() {
  let resolve: (value: T) => void = () => {}
  const promise = new Promise<T>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}

describe('over HTTP,', () => {
  it('a submission is answered with its id', async () => {
    const { url } = await start()
    const response = await post(url, BODY)
    const requestId = response.headers.get('X-Request-Id')
    expect(requestId).toMatch(UUID)
    expect(response.headers.get('Content-Type')).toBe('application/json')
    expect(await response.text()).toBe(
      `{"request_id":"gw_${requestId}","kind":"create_account","status":{"state":"queued"}}`,
    )
  })

  it('a submission may be chunked', async () => {
    const { url } = await start()
    expect((await post(url, streamOf(BODY.slice(0, 10), BODY.slice(10)))).status).toBe(200)
  })

  it('a body may be as large as the limit, with or without a declared length', async () => {
    const { url } = await start({}, { ...LIMITS, bodyBytes: 1_000, requestTimeoutMs: 10_000 })
    const padded = BODY.padEnd(1_000)
    for (const body of [padded, streamOf(padded)]) expect((await post(url, body)).status).toBe(200)
    for (const body of [`${padded} `, streamOf(padded, ' ')]) {
      const response = await post(url, body)
      await expectProblem(
        response,
        413,
        'payload_too_large',
        /^The body is larger than the limit of 1000 bytes\./,
      )
    }
  })

  it('a body larger than the default limit is refused', async () => {
    const { url } = await start()
    await expectProblem(await post(url, ' '.repeat(2 * 1024 * 1024 + 1)), 413, 'payload_too_large', /2097152/)
  })

  it('a body must have a JSON content type', async () => {
    const { url } = await start()
    const response = await post(url, BODY, { 'Content-Type': 'text/plain' })
    await expectProblem(response, 415, 'unsupported_media_type', /Content-Type/)
  })

  it('an incomplete body causes a timeout without a request id', async () => {
    const { port } = await start({}, { ...LIMITS, bodyBytes: 1_000, requestTimeoutMs: 50 })
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const headers = { ...JSON_HEADERS, 'Content-Length': '100' }
      const slow = request({ port, method: 'POST', path: '/create-account', headers }, resolve)
      slow.on('error', reject).write('{')
    })
    expect(response.statusCode).toBe(504)
    expect(response.headers).not.toHaveProperty('x-request-id')
    expect(JSON.parse(await text(response))).toEqual({
      code: 'request_timeout',
      message: 'Request timed out after 0.05s',
    })
  })

  it('a client that disconnects during a body does not harm other clients', async () => {
    const { port, url } = await start()
    await sendRaw(
      port,
      'POST /create-account HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{',
    )
    expect((await fetch(`${url}/health`)).status).toBe(200)
  })

  it.each([
    ['text that is not HTTP', 'hello\r\n\r\n'],
    [
      'a request with two lengths',
      'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n',
    ],
    [
      'a request with a length and chunks',
      'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
    ],
    ['a request with a long header', `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`],
    ['a request with an invalid host', 'GET /health HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n'],
  ])('%s is refused with a JSON error', async (_, bytes) => {
    const { port } = await start()
    const answer = await sendRaw(port, bytes)
    expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/)
    expect(answer.toLowerCase()).toMatch(/\r\nx-request-id: [0-9a-f-]{36}\r\n/)
    expect(answer.toLowerCase()).toContain('\r\ncontent-type: application/json\r\n')
    expect(answer.slice(answer.indexOf('\r\n\r\n') + 4)).toBe(
      '{"code":"bad_request","message":"The request is not valid HTTP."}',
    )
  })

  it.each([
    ['a missing host', 'GET /health HTTP/1.1\r\nConnection: close\r\n\r\n'],
    [
      'an unknown Expect header',
      'GET /health HTTP/1.1\r\nHost: localhost\r\nExpect: miracles\r\nConnection: close\r\n\r\n',
    ],
    [
      'an unknown Upgrade header',
      'GET /health HTTP/1.1\r\nHost: localhost\r\nUpgrade: x\r\nConnection: close, upgrade\r\n\r\n',
    ],
  ])('%s is ignored', async (_, bytes) => {
    const { port } = await start()
    expect(await sendRaw(port, bytes)).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
  })
})

describe('listening', () => {
  it('fails if the port is in use', async () => {
    const { port } = await start()
    await expect(listen(testApp().app, { ...LOCAL, port })).rejects.toMatchObject({
      code: 'EADDRINUSE',
    })
  })

  it('returns a valid URL for an IPv6 address', async () => {
    const listening = await listen(testApp().app, { ...LOCAL, host: '::1', port: 0 })
    opened.push(listening)
    expect(listening.url).toBe(`http://[::1]:${listening.port}`)
    expect((await fetch(`${listening.url}/health`)).status).toBe(200)
  })
})

describe('a connection without a request', () => {
  const headOf = async (listening: Listening) => {
    const socket = connect(listening.port, '127.0.0.1')
    socket.write('GET /health HTTP/1.1\r\nHost: a\r\n\r\n')
    const [head] = await once(socket, 'data')
    return { socket, head: String(head) }
  }

  it('stays open for the configured time, which the answer names', async () => {
    const { socket, head } = await headOf(await start())
    expect(head).toMatch(/\r\nKeep-Alive: timeout=75\r\n/)
    socket.destroy()
  })

  it('is closed after the configured time', async () => {
    const listening = await listen(testApp().app, { ...LOCAL, port: 0, keepAliveMs: 50 })
    opened.push(listening)
    const { socket } = await headOf(listening)
    await once(socket, 'close')
  })
})

describe('a server that retires', () => {
  it('accepts connections, and asks the client to close each of them', async () => {
    const { port, url, retire } = await start()
    const socket = connect(port, '127.0.0.1')
    const received = text(socket)
    socket.write('GET /health HTTP/1.1\r\nHost: a\r\n\r\n')
    await once(socket, 'readable')
    retire()
    socket.write('GET /health HTTP/1.1\r\nHost: a\r\n\r\n')
    expect((await received).match(/Connection: [\w-]+/g)).toEqual([
      'Connection: keep-alive',
      'Connection: close',
    ])
    const next = await fetch(`${url}/health`)
    expect(next.headers.get('Connection')).toBe('close')
  })
})

describe('closing', () => {
  it('answers an open request and accepts no new connection', async () => {
    const arrived = deferred<void>()
    const released = deferred<Health>()
    const { url, close } = await start({
      health() {
        arrived.resolve()
        return released.promise
      },
    })
    const pending = fetch(`${url}/health`)
    await arrived.promise
    const closed = close()
    await expect(fetch(`${url}/chain`)).rejects.toThrow()
    released.resolve(WELL)
    expect((await pending).status).toBe(200)
    await closed
  })

  it('answers the next request on an open connection and then closes the connection', async () => {
    const arrived = { health: deferred<void>(), status: deferred<void>() }
    const released = deferred<Health>()
    const { port, close } = await start({
      health() {
        arrived.health.resolve()
        return released.promise
      },
      async status() {
        arrived.status.resolve()
        return null
      },
    })
    const socket = connect(port, '127.0.0.1')
    const received = text(socket)
    socket.write('GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n')
    await arrived.health.promise
    const closed = close()
    socket.write(`GET /status/${OPERATION_ID} HTTP/1.1\r\nHost: localhost\r\n\r\n`)
    await arrived.status.promise
    released.resolve(WELL)
    expect((await received).match(/HTTP\/1\.1 \d+|Connection: [\w-]+/g)).toEqual([
      'HTTP/1.1 200',
      'Connection: keep-alive',
      'HTTP/1.1 404',
      'Connection: close',
    ])
    await closed
  })

  it('closes idle keep-alive connections', async () => {
    const { port, close } = await start()
    const socket = connect(port, '127.0.0.1')
    const ended = new Promise((resolve) => socket.once('close', resolve))
    socket.write('GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n')
    await new Promise((resolve) => socket.once('data', resolve))
    await close()
    await ended
  })
})
