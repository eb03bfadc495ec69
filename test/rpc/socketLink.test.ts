import type { AddressInfo } from 'node:net'
import { connect, createServer, type Server } from 'node:net'
import { BaseError } from 'viem'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import type { RpcLink } from '../../src/rpc/rpcLink.ts'
import { createSocketLink } from '../../src/rpc/socketLink.ts'
import { startNode, type TestNode } from '../support/node.ts'
import { type SocketProxy, startSocketProxy } from '../support/socketProxy.ts'

const KEY = 'AbCdEfGhIjKlMnOp1234'

let node: TestNode
let socket: SocketProxy
let link: RpcLink | null = null
let server: Server | null = null

beforeAll(async () => {
  node = await startNode()
  socket = await startSocketProxy(node.rpcUrl)
})

afterAll(async () => {
  await socket.close()
  await node.stop()
})

afterEach(() => {
  link?.close()
  server?.close()
})

/** A URL with every kind of credential. */
function secret(url: string): string {
  const { host } = new URL(url)
  return `ws://user:hunter2@${host}/?key=${KEY}&token=hunter3hunter3hunter3`
}

function linkTo(url: string): RpcLink {
  link = createSocketLink(url, 'node')
  return link
}

const chainId = { method: 'eth_chainId' }

async function failureOf(call: Promise<unknown>): Promise<BaseError> {
  const error: unknown = await call.catch((cause: unknown) => cause)
  if (error instanceof BaseError) return error
  throw new Error(`not an error of viem: ${error}`)
}

function expectNoSecret(failure: BaseError): void {
  const text = `${failure.stack} ${JSON.stringify(failure)} ${failure.message} ${failure.details}`
  expect(text).not.toMatch(/hunter|AbCdEf/)
  expect(text).toContain('node')
}

it('a websocket link returns results and throws JSON-RPC errors', async () => {
  const target = linkTo(socket.url)
  const answers = await Promise.all([
    target.request(chainId, 5_000),
    target.request({ method: 'eth_blockNumber' }, 5_000),
  ])
  expect(answers).toEqual(['0x7a69', '0x0'])
  const failure = await failureOf(target.request({ method: 'eth_nonsense', params: [] }, 5_000))
  expect(failure).toMatchObject({ name: 'RpcRequestError', code: -32602 })
  expect(await target.request(chainId, 5_000)).toBe('0x7a69')
})

it('a websocket link reconnects after a broken connection', async () => {
  const target = linkTo(socket.url)
  expect(await target.request(chainId, 5_000)).toBe('0x7a69')
  socket.cut()
  const next = await target.request(chainId, 5_000).catch((error: unknown) => error)
  // The call may still use the broken connection before the link notices.
  if (next !== '0x7a69') expect(next).toMatchObject({ name: 'WebSocketRequestError' })
  expect(await target.request(chainId, 5_000)).toBe('0x7a69')
})

it('an error of a refused connection names no credentials', async () => {
  const failure = await failureOf(linkTo(secret('ws://127.0.0.1:1')).request(chainId, 5_000))
  expect(failure).toMatchObject({
    name: 'WebSocketRequestError',
    // Node's own WebSocket (version 22 and later) does not report the reason.
    details: expect.stringMatching(/ECONNREFUSED|no connection|network error/),
  })
  expectNoSecret(failure)
})

it('the timeout includes connecting, and the error names no credentials', async () => {
  // Stays silent on the first two connections, like a half-open connection or a load balancer without a backend.
  let connections = 0
  const silent = createServer((near) => {
    connections += 1
    if (connections <= 2) return
    const far = connect(Number(new URL(node.rpcUrl).port), '127.0.0.1')
    near.pipe(far).pipe(near)
  })
  server = silent
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  const { port } = silent.address() as AddressInfo
  const target = linkTo(secret(`ws://127.0.0.1:${port}`))
  for (const failure of [
    await failureOf(target.request(chainId, 50)),
    await failureOf(target.request(chainId, 50)),
  ]) {
    expect(failure).toMatchObject({ name: 'TimeoutError' })
    expectNoSecret(failure)
  }
  expect(await target.request(chainId, 5_000)).toBe('0x7a69')
})

it('a closed websocket link refuses calls', async () => {
  const target = linkTo(socket.url)
  target.close()
  expect(await failureOf(target.request(chainId, 5_000))).toMatchObject({
    details: 'the gateway has stopped',
  })
})

it('a subscription reports new blocks until closed', async () => {
  const target = linkTo(socket.url)
  if (target.subscribe === null) throw new Error('the link cannot push')
  let heads = 0
  let onHead = () => {}
  const end = await target.subscribe(
    () => {
      heads += 1
      onHead()
    },
    () => {},
  )
  const head = new Promise<void>((resolve) => {
    onHead = resolve
  })
  await node.client.mine({ blocks: 1 })
  await head
  end()
  await target.request(chainId, 5_000)
  await node.client.mine({ blocks: 1 })
  await target.request(chainId, 5_000)
  expect(heads).toBe(1)
})
