import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import {
  type ChainClient,
  chainUnavailable,
  EndpointDownError,
  isTemporary,
  isTooHeavy,
  isUnavailable,
} from '../../src/rpc/chainClient.ts'
import { connectEndpoints, type Endpoints } from '../../src/rpc/endpoints.ts'

/** The answer of the node: an HTTP status and a body. */
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

/** Replaced by the id of the call. */
const ID = 'id of the call'

function rpcError(code: number, message: string): string {
  return JSON.stringify({ jsonrpc: '2.0', id: ID, error: { code, message } })
}

type Ask = (client: ChainClient) => Promise<unknown>

/** Calls a node with a fixed answer. Returns the error, the reported outcomes, and whether the endpoint went down. */
async function failure(
  { status, body }: Answer,
  ask: Ask = (client) => client.getBlockNumber({ cacheTime: 0 }),
) {
  const node = createServer(async (request, response) => {
    let text = ''
    for await (const chunk of request) text += chunk
    const { id, method } = JSON.parse(text)
    const isProbe = method === 'eth_chainId'
    const answer = isProbe
      ? { status: 200, body: `{"jsonrpc":"2.0","id":"${ID}","result":"0x1"}` }
      : { status, body }
    response
      .writeHead(answer.status, { 'Content-Type': 'application/json' })
      .end(answer.body.replace(`"${ID}"`, id))
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
  return { error, outcomes, wentDown: states.includes('Down') }
}

describe('isUnavailable', () => {
  it.each([
    ['HTTP 402', { status: 402, body: 'pay' }],
    ['HTTP 402 with a JSON-RPC error', { status: 402, body: rpcError(402, 'Payment Required') }],
    ['HTTP 404', { status: 404, body: 'no such path' }],
    ['HTTP 408', { status: 408, body: 'too late' }],
    ['HTTP 503', { status: 503, body: 'down' }],
    ['HTTP 403', { status: 403, body: 'who are you?' }],
    ['HTTP 503 with a JSON-RPC error', { status: 503, body: rpcError(-32000, 'down') }],
    ['HTTP 500 with a JSON-RPC error', { status: 500, body: rpcError(-32603, 'Internal error') }],
    ['HTTP 401 with a JSON-RPC error', { status: 401, body: rpcError(-32600, 'Must be authenticated!') }],
    ['an answer that is not JSON-RPC', { status: 200, body: '<html></html>' }],
  ])('is true for %s, and the endpoint goes down', async (_name, answer) => {
    const { error, outcomes, wentDown } = await failure(answer)
    expect(isUnavailable(error)).toBe(true)
    expect(outcomes).toEqual(['unavailable'])
    expect(wentDown).toBe(true)
  })

  it.each([
    ['a block that the endpoint lacks', rpcError(-32000, 'header not found')],
    ['a block hash that the endpoint lacks', rpcError(-32000, 'header for hash not found')],
    ['a missing block in the words of EIP-1898', rpcError(-32001, 'Resource not found')],
    ['a missing block in other words', rpcError(-32000, '0xabcd could not be found')],
    ['a block on another branch', rpcError(-32603, 'hash 0xabcd is not currently canonical')],
    ['a state that the endpoint lacks', rpcError(-32000, 'missing trie node')],
    ['a node that shuts down', rpcError(-32000, 'server is shutting down')],
    ['an internal error', rpcError(-32603, 'Internal error')],
    ['a server without a node behind it', rpcError(-32000, 'backend request failed')],
    [
      'a block above the head of anvil',
      rpcError(-32602, 'BlockOutOfRangeError: block height is 5 but requested was 9'),
    ],
    ['a missing block in the words of Besu', rpcError(-39001, 'Unknown block')],
    ['an index of transactions in progress', rpcError(-32000, 'transaction indexing is in progress')],
    ['a pruned history', rpcError(4444, 'pruned history unavailable')],
    ['a call stopped by geth', rpcError(-32000, 'execution aborted (timeout = 5s)')],
    ['a request stopped by geth', rpcError(-32002, 'request timed out')],
    [
      'a call stopped by Nethermind',
      rpcError(-32016, 'eth_call request was canceled due to enabled timeout.'),
    ],
    ['a call stopped by Besu', rpcError(-32603, 'Timeout expired')],
  ])('is true for %s, and the endpoint stays up', async (_name, body) => {
    const { error, outcomes, wentDown } = await failure({ status: 200, body })
    expect(isUnavailable(error)).toBe(true)
    expect(outcomes).toEqual(['unavailable'])
    expect(wentDown).toBe(false)
  })

  it('is true for an announced block missing at the endpoint', async () => {
    const nothing = { status: 200, body: `{"jsonrpc":"2.0","id":"${ID}","result":null}` }
    const { error, wentDown } = await failure(nothing, (client) => client.getBlock({ blockNumber: 5n }))
    expect(isUnavailable(error)).toBe(true)
    expect(wentDown).toBe(false)
  })

  describe('with an error as answer', () => {
    it.each([
      ['a revert', rpcError(3, 'execution reverted')],
      ['a revert whose reason looks like an outage', rpcError(3, 'execution reverted: timeout, try again')],
      ['nonce too low', rpcError(-32000, 'nonce too low')],
      ['an underpriced replacement', rpcError(-32000, 'replacement transaction underpriced')],
      ['a call that is out of gas', rpcError(-32000, 'out of gas')],
      ['an execution error under the code for internal errors', rpcError(-32603, 'EVM error OutOfGas')],
      [
        "a transaction above Besu's block gas limit",
        rpcError(-32005, 'Transaction gas limit exceeds block gas limit'),
      ],
      ['a sender without permission', rpcError(-32007, 'Sender account not authorized to send transactions')],
      ['an invalid signature', rpcError(-32002, 'Invalid signature')],
    ])('is false for %s, with every HTTP status, and the endpoint stays up', async (_name, body) => {
      for (const status of [200, 400, 500]) {
        const { error, outcomes, wentDown } = await failure({ status, body })
        expect(isUnavailable(error)).toBe(false)
        expect(outcomes).toEqual(['error'])
        expect(wentDown).toBe(false)
        endpoints?.close()
        server?.close()
      }
    })

    it.each([
      ['gas required exceeds allowance (50000000)', -32000],
      ['out of gas: gas required exceeds: 50000000', -32003],
      ['call returned result on length 200000 exceeding --rpc.returndata.limit 100000', -32000],
      ['Request is too big', -32007],
      ['Response is too big', -32008],
      ['response too large', -32003],
      ['batch too large', -32600],
      ['content length too large (6000000>5242880)', -32600],
      ['request payload size exceeds limit', -32005],
    ])('is false for a call that is too large: %s', async (message, code) => {
      const { error, wentDown } = await failure({ status: 200, body: rpcError(code, message) })
      expect(isUnavailable(error)).toBe(false)
      expect(isTooHeavy(error)).toBe(true)
      expect(wentDown).toBe(false)
    })

    it('is false for a call that is too large, because a smaller call may pass', async () => {
      const { error, wentDown } = await failure({ status: 413, body: 'no' })
      expect(isUnavailable(error)).toBe(false)
      expect(error).toMatchObject({ details: 'Payload Too Large' })
      expect(isTooHeavy(error)).toBe(true)
      expect(wentDown).toBe(false)
    })
  })
})

describe('isTemporary', () => {
  const temporary = async (body: string) => isTemporary((await failure({ status: 200, body })).error)

  it.each([
    'missing trie node 0xabcd',
    'historical state 0xabcd is not available',
    'No state available for block 5',
    'World state unavailable',
    'state at block #5 is pruned',
    'BlockOutOfRangeError: block height is 900 but requested was 5',
  ])('is false for a pruned state: %s', async (message) => {
    for (const code of [-32000, -32001, -32002]) {
      expect(await temporary(rpcError(code, message))).toBe(false)
      endpoints?.close()
      server?.close()
    }
  })

  it.each(['header not found', 'header for hash not found', 'hash 0xabcd is not currently canonical'])(
    'is true for a block that the node lacks: %s',
    async (message) => {
      expect(await temporary(rpcError(-32000, message))).toBe(true)
    },
  )

  it('is false for a revert', async () => {
    expect(await temporary(rpcError(3, 'execution reverted'))).toBe(false)
  })
})

describe('chainUnavailable', () => {
  it('gives the time until the next probe in whole seconds, at least 1', () => {
    expect(chainUnavailable(new Error('?')).retryAfter).toBe(1)
    expect(chainUnavailable(new EndpointDownError('host', 'it is down', 4_100)).retryAfter).toBe(5)
    expect(chainUnavailable(new EndpointDownError('host', 'it is down', 0)).retryAfter).toBe(1)
  })
})
