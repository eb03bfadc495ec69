import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { BaseError } from 'viem'
import { afterEach, describe, expect, it } from 'vitest'
import { createHttpLink } from '../../src/rpc/httpLink.ts'
import type { RpcLink } from '../../src/rpc/rpcLink.ts'

type Answer = (request: IncomingMessage, response: ServerResponse, body: string) => void

const KEY = 'AbCdEfGhIjKlMnOp1234'
const call = { method: 'eth_call', params: [{ data: '0xda7a' }] }

let server: Server | null = null
let link: RpcLink | null = null

afterEach(() => {
  link?.close()
  server?.closeAllConnections()
  server?.close()
})

async function linkTo(answer: Answer, path = ''): Promise<RpcLink> {
  const node = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    answer(request, response, body)
  })
  server = node
  await new Promise<void>((resolve) => node.listen(0, '127.0.0.1', resolve))
  const { port } = node.address() as AddressInfo
  link = createHttpLink(`http://user:hunter2hunter2hunter2@127.0.0.1:${port}/${path}`, 'node')
  return link
}

/** The answer of a node to a call. */
const ok = (body: string, result: unknown) =>
  JSON.stringify({ jsonrpc: '2.0', id: JSON.parse(body).id, result })

async function failureOf(call: Promise<unknown>): Promise<BaseError> {
  const error: unknown = await call.catch((cause: unknown) => cause)
  if (error instanceof BaseError) return error
  throw new Error(`not an error of viem: ${error}`)
}

describe('a call', () => {
  it('goes to the path of the URL with its credentials, and returns the result', async () => {
    const received: unknown[] = []
    const target = await linkTo((request, response, body) => {
      received.push(request.url, request.headers.authorization, JSON.parse(body))
      response.end(ok(body, { deep: [1] }))
    }, `v2/${KEY}?x=1`)
    expect(await target.request(call, 5_000)).toEqual({ deep: [1] })
    expect(received).toEqual([
      `/v2/${KEY}?x=1`,
      `Basic ${Buffer.from('user:hunter2hunter2hunter2').toString('base64')}`,
      { jsonrpc: '2.0', id: 1, ...call },
    ])
  })

  it('reuses an open connection', async () => {
    const ports = new Set<number | undefined>()
    const target = await linkTo((request, response, body) => {
      ports.add(request.socket.remotePort)
      response.end(ok(body, null))
    })
    for (let count = 0; count < 5; count += 1) expect(await target.request(call, 5_000)).toBeNull()
    expect(ports.size).toBe(1)
  })

  it('is repeated when the server has closed the idle connection', async () => {
    let calls = 0
    const target = await linkTo((request, response, body) => {
      calls += 1
      // The server's keep-alive timeout ends just when the connection is used.
      if (calls === 2) request.socket.resetAndDestroy()
      else response.end(ok(body, calls))
    })
    expect(await target.request(call, 5_000)).toBe(1)
    expect(await target.request(call, 5_000)).toBe(3)
  })

  it('is not repeated when a new connection is closed', async () => {
    let calls = 0
    const target = await linkTo((request) => {
      calls += 1
      request.socket.resetAndDestroy()
    })
    expect(await failureOf(target.request(call, 5_000))).toMatchObject({ name: 'HttpRequestError' })
    expect(calls).toBe(1)
  })

  it('times out when the node is silent or stops in the middle of its answer', async () => {
    const silent = await linkTo((_request, response, body) => {
      if (body.includes('half')) response.writeHead(200).write('{"jsonrpc"')
    })
    expect(await failureOf(silent.request(call, 50))).toMatchObject({ name: 'TimeoutError' })
    expect(await failureOf(silent.request({ method: 'half' }, 50))).toMatchObject({ name: 'TimeoutError' })
  })

  it('fails with the code, message and data of a JSON-RPC error', async () => {
    const error = { code: 3, message: 'execution reverted', data: '0x08c379a0' }
    const target = await linkTo((_request, response) => response.end(JSON.stringify({ id: 1, error })))
    const failure = await failureOf(target.request(call, 5_000))
    expect(failure).toMatchObject({ name: 'RpcRequestError', ...error, message: expect.anything() })
    expect(failure.details).toBe('execution reverted')
  })

  it.each([
    ['a result with the id of another call', { id: 2, result: '0x1' }],
    ['a result without an id', { result: '0x1' }],
    ['a result whose id is null', { id: null, result: '0x1' }],
    ['an error with the id of another call', { id: 2, error: { code: 3, message: 'execution reverted' } }],
  ])('fails as without an answer for %s', async (_name, answer) => {
    const target = await linkTo((_request, response) => response.end(JSON.stringify(answer)))
    expect(await failureOf(target.request(call, 5_000))).toMatchObject({
      name: 'HttpRequestError',
      details: 'the answer belongs to another call',
    })
  })

  it('takes an error whose id is null: the node could not read the call', async () => {
    const error = { code: -32600, message: 'invalid request' }
    const target = await linkTo((_request, response) => response.end(JSON.stringify({ id: null, error })))
    expect(await failureOf(target.request(call, 5_000))).toMatchObject({
      name: 'RpcRequestError',
      code: -32600,
    })
  })

  it('fails with the status and the Retry-After of a refusal', async () => {
    const target = await linkTo((_request, response) => {
      response.writeHead(429, { 'Retry-After': '7' }).end('slow down')
    })
    const failure = await failureOf(target.request(call, 5_000))
    expect(failure).toMatchObject({ name: 'HttpRequestError', status: 429, details: 'Too Many Requests' })
    expect(
      'headers' in failure && failure.headers instanceof Headers && failure.headers.get('Retry-After'),
    ).toBe('7')
  })
})

describe('credentials and calldata', () => {
  it.each([
    ['a refusal that names the path', 404, `Cannot POST /v2/${KEY}`],
    ['a JSON-RPC error that names the key', 200, `{"error":{"code":-32000,"message":"no plan for ${KEY}"}}`],
    ['an answer that is not JSON-RPC', 200, KEY],
  ])('are not in the error of %s', async (_name, status, body) => {
    const target = await linkTo((_request, response) => response.writeHead(status).end(body), `v2/${KEY}`)
    const failure = await failureOf(target.request(call, 5_000))
    const text = `${failure.stack} ${JSON.stringify(failure)} ${failure.message} ${failure.details}`
    for (const secret of [KEY, 'hunter2', 'da7a']) expect(text).not.toContain(secret)
    expect(text).toContain('URL: node')
    expect(text).toContain('eth_call')
  })

  it('are not in the error of an unreachable node', async () => {
    link = createHttpLink(`http://user:hunter2@127.0.0.1:1/${KEY}`, 'node')
    const failure = await failureOf(link.request(call, 5_000))
    expect(failure.details).toContain('ECONNREFUSED')
    expect(`${failure.stack} ${JSON.stringify(failure)}`).not.toMatch(/hunter2|AbCdEf|da7a/)
  })
})
