import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { createChainClient, isUnavailable } from '../../src/actors/chainClient.ts'

/** What a node may answer: an HTTP status and a body. */
interface Answer {
  readonly status: number
  readonly body: string
}

let server: Server | null = null

afterEach(() => {
  server?.closeAllConnections()
  server?.close()
  server = null
})

function rpcError(code: number, message: string): string {
  return JSON.stringify({ jsonrpc: '2.0', id: 0, error: { code, message } })
}

/** What a call to a node that answers so fails with, and what observers are told of it. */
async function failure(answer: Answer) {
  const node = createServer((_request, response) => {
    response.writeHead(answer.status, { 'Content-Type': 'application/json' }).end(answer.body)
  })
  server = node
  await new Promise<void>((resolve) => node.listen(0, '127.0.0.1', resolve))
  const { port } = node.address() as AddressInfo
  const outcomes: string[] = []
  const config = { rpcUrl: `http://127.0.0.1:${port}`, rpcTimeout: 5_000 }
  const client = createChainClient(config, 1, ({ outcome }) => outcomes.push(outcome))
  const error: unknown = await client.getBlockNumber({ cacheTime: 0 }).catch((cause: unknown) => cause)
  return { error, outcomes }
}

describe('isUnavailable', () => {
  it.each([
    ['HTTP 429', { status: 429, body: 'slow down' }],
    ['HTTP 503', { status: 503, body: 'down' }],
    ['HTTP 429 with a JSON-RPC error', { status: 429, body: rpcError(429, 'slow down') }],
    ['HTTP 503 with a JSON-RPC error', { status: 503, body: rpcError(-32000, 'down') }],
    ['limit exceeded', { status: 200, body: rpcError(-32005, 'limit exceeded') }],
    ['a rate limit by another code', { status: 200, body: rpcError(-32016, 'over rate limit') }],
    [
      'a block that this endpoint has not got yet',
      { status: 200, body: rpcError(-32000, 'header not found') },
    ],
    ['a state that this endpoint has not got', { status: 200, body: rpcError(-32000, 'missing trie node') }],
    ['a node that is going down', { status: 200, body: rpcError(-32000, 'server is shutting down') }],
  ])('is true for %s', async (_name, answer) => {
    const { error, outcomes } = await failure(answer)
    expect(isUnavailable(error)).toBe(true)
    expect(outcomes).toEqual(['unavailable'])
  })

  it.each([
    ['a revert', rpcError(3, 'execution reverted')],
    ['nonce too low', rpcError(-32000, 'nonce too low')],
    ['an underpriced replacement', rpcError(-32000, 'replacement transaction underpriced')],
    ['a call that is out of gas', rpcError(-32000, 'out of gas')],
    ['an execution error under the code for internal errors', rpcError(-32603, 'EVM error OutOfGas')],
  ])('is false for %s, which is an answer', async (_name, body) => {
    const { error, outcomes } = await failure({ status: 200, body })
    expect(isUnavailable(error)).toBe(false)
    expect(outcomes).toEqual(['error'])
  })

  it('is true when nobody listens', async () => {
    const client = createChainClient({ rpcUrl: 'http://127.0.0.1:1', rpcTimeout: 1_000 }, 1, () => {})
    await expect(client.getBlockNumber({ cacheTime: 0 })).rejects.toSatisfy(isUnavailable)
  })
})
