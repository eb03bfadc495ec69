import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import {
  type ChainClient,
  chainUnavailable,
  EndpointDownError,
  isUnavailable,
  isWorthAskingAgain,
} from '../../src/rpc/chainClient.ts'
import { connectEndpoints, type Endpoints } from '../../src/rpc/endpoints.ts'

/** What a node may answer: an HTTP status and a body. */
interface Answer {
  readonly status: number
  readonly body: string
}

let server: Server | null = null
let endpoints: Endpoints | null = null

afterEach(() => {
  endpoints?.close()
  endpoints = null
  server?.closeAllConnections()
  server?.close()
  server = null
})

function rpcError(code: number, message: string): string {
  return JSON.stringify({ jsonrpc: '2.0', id: 0, error: { code, message } })
}

type Ask = (client: ChainClient) => Promise<unknown>

/** What a call to a node that answers so fails with, what observers are told of it, and how the endpoint is after it. */
async function failure(
  { status, body }: Answer,
  ask: Ask = (client) => client.getBlockNumber({ cacheTime: 0 }),
) {
  const node = createServer(async (request, response) => {
    let text = ''
    for await (const chunk of request) text += chunk
    const isProbe = JSON.parse(text).method === 'eth_chainId'
    const answer = isProbe
      ? { status: 200, body: '{"jsonrpc":"2.0","id":1,"result":"0x1"}' }
      : { status, body }
    response.writeHead(answer.status, { 'Content-Type': 'application/json' }).end(answer.body)
  })
  server = node
  await new Promise<void>((resolve) => node.listen(0, '127.0.0.1', resolve))
  const { port } = node.address() as AddressInfo
  const outcomes: string[] = []
  const states: string[] = []
  const config = {
    rpcUrls: [`http://127.0.0.1:${port}`],
    rpcTimeout: 5_000,
    rpcConcurrency: 8,
    simulationTimeout: 5_000,
  }
  endpoints = await connectEndpoints(
    config,
    (event) => {
      if (event.type === 'endpoint.changed') states.push(event.state)
      else if (event.method !== 'eth_chainId') outcomes.push(event.outcome)
    },
    Date.now,
  )
  const error: unknown = await ask(endpoints.pin()).catch((cause: unknown) => cause)
  return { error, outcomes, fellIll: states.includes('Down') }
}

describe('isUnavailable', () => {
  it.each([
    ['HTTP 429', { status: 429, body: 'slow down' }],
    ['HTTP 503', { status: 503, body: 'down' }],
    ['HTTP 403', { status: 403, body: 'who are you?' }],
    ['HTTP 429 with a JSON-RPC error', { status: 429, body: rpcError(429, 'slow down') }],
    ['HTTP 503 with a JSON-RPC error', { status: 503, body: rpcError(-32000, 'down') }],
    ['HTTP 500 with a JSON-RPC error', { status: 500, body: rpcError(-32603, 'Internal error') }],
    ['HTTP 401 with a JSON-RPC error', { status: 401, body: rpcError(-32600, 'Must be authenticated!') }],
    ['too many requests by the JSON-RPC code', { status: 200, body: rpcError(429, 'slow down') }],
    ['an answer that is not JSON-RPC', { status: 200, body: '<html></html>' }],
  ])('is true for %s, and the endpoint is ill', async (_name, answer) => {
    const { error, outcomes, fellIll } = await failure(answer)
    expect(isUnavailable(error)).toBe(true)
    expect(outcomes).toEqual(['unavailable'])
    expect(fellIll).toBe(true)
  })

  it.each([
    ['limit exceeded', rpcError(-32005, 'limit exceeded')],
    ['a rate limit by another code', rpcError(-32016, 'over rate limit')],
    ['a block that this endpoint has not got yet', rpcError(-32000, 'header not found')],
    ['a block by a hash that it has not got', rpcError(-32000, 'header for hash not found')],
    ['the same, as EIP-1898 has it', rpcError(-32001, 'Resource not found')],
    ['the same, in other words', rpcError(-32000, '0xabcd could not be found')],
    ['a block of another branch', rpcError(-32603, 'hash 0xabcd is not currently canonical')],
    ['a state that this endpoint has not got', rpcError(-32000, 'missing trie node')],
    ['a node that is going down', rpcError(-32000, 'server is shutting down')],
  ])('is true for %s, which alone makes no endpoint ill', async (_name, body) => {
    const { error, outcomes, fellIll } = await failure({ status: 200, body })
    expect(isUnavailable(error)).toBe(true)
    expect(outcomes).toEqual(['unavailable'])
    expect(fellIll).toBe(false)
  })

  it('is true for a block that was announced and that the endpoint says there is not: not yet', async () => {
    const nothing = { status: 200, body: '{"jsonrpc":"2.0","id":0,"result":null}' }
    const { error, fellIll } = await failure(nothing, (client) => client.getBlock({ blockNumber: 5n }))
    expect(isUnavailable(error)).toBe(true)
    expect(fellIll).toBe(false)
  })

  describe('trap 14: errors of meaning are not errors of health', () => {
    it.each([
      ['a revert', rpcError(3, 'execution reverted')],
      ['a revert whose reason speaks of other things', rpcError(3, 'execution reverted: timeout, try again')],
      ['nonce too low', rpcError(-32000, 'nonce too low')],
      ['an underpriced replacement', rpcError(-32000, 'replacement transaction underpriced')],
      ['a call that is out of gas', rpcError(-32000, 'out of gas')],
      ['an execution error under the code for internal errors', rpcError(-32603, 'EVM error OutOfGas')],
    ])('is false for %s, which is an answer, by whatever status', async (_name, body) => {
      for (const status of [200, 400, 500]) {
        const { error, outcomes, fellIll } = await failure({ status, body })
        expect(isUnavailable(error)).toBe(false)
        expect(outcomes).toEqual(['error'])
        expect(fellIll).toBe(false)
        endpoints?.close()
        server?.close()
      }
    })

    it('is false for a call that is too large for the endpoint: smaller parts may pass', async () => {
      const { error, fellIll } = await failure({ status: 413, body: 'no' })
      expect(isUnavailable(error)).toBe(false)
      expect(error).toMatchObject({ details: 'Payload Too Large' })
      expect(fellIll).toBe(false)
    })
  })
})

describe('isWorthAskingAgain', () => {
  const worth = async (body: string) => isWorthAskingAgain((await failure({ status: 200, body })).error)

  it.each([
    'missing trie node 0xabcd',
    'historical state 0xabcd is not available',
    'No state available for block 5',
    'World state unavailable',
    'state at block #5 is pruned',
    'BlockOutOfRangeError: block height is 900 but requested was 5',
  ])('is false of a state that the node does not keep any more: %s', async (message) => {
    for (const code of [-32000, -32001, -32002]) {
      expect(await worth(rpcError(code, message))).toBe(false)
      endpoints?.close()
      server?.close()
    }
  })

  it.each(['header not found', 'header for hash not found', 'hash 0xabcd is not currently canonical'])(
    'is true of a block that it does not have: %s',
    async (message) => {
      expect(await worth(rpcError(-32000, message))).toBe(true)
    },
  )

  it('is false of a revert', async () => {
    expect(await worth(rpcError(3, 'execution reverted'))).toBe(false)
  })
})

describe('chainUnavailable', () => {
  it('says when it makes sense to ask again, as far as that is known', () => {
    expect(chainUnavailable(new Error('?')).retryAfter).toBe(1)
    expect(chainUnavailable(new EndpointDownError('host', 'it is down', 4_100)).retryAfter).toBe(5)
    expect(chainUnavailable(new EndpointDownError('host', 'it is down', 0)).retryAfter).toBe(1)
  })
})
