import { HttpRequestError, RpcRequestError, TimeoutError, WebSocketRequestError } from 'viem'
import { describe, expect, it } from 'vitest'
import { isUnavailable } from '../../src/rpc/chainClient.ts'
import { failureOf } from '../../src/rpc/endpointFailure.ts'

const AT = Date.parse('2030-01-01T00:00:00Z')
const url = 'node.example'

function http(status?: number, retryAfter?: string): HttpRequestError {
  const headers = new Headers(retryAfter === undefined ? {} : { 'Retry-After': retryAfter })
  return new HttpRequestError({ url, headers, details: 'details', ...(status !== undefined && { status }) })
}

function rpc(code: number, message: string, status?: number): RpcRequestError {
  return new RpcRequestError({
    url,
    body: {},
    error: { code, message },
    ...(status !== undefined && { status }),
  })
}

describe('failureOf', () => {
  it.each([
    ['a timeout', new TimeoutError({ url, body: {} }), 'timeout'],
    ['a closed socket', new WebSocketRequestError({ url, details: 'closed' }), 'closed'],
    ['a refused connection', http(), 'details'],
    ['HTTP 502', http(502), 'HTTP 502'],
    ['HTTP 429', http(429), 'HTTP 429'],
    ['HTTP 401', http(401), 'HTTP 401'],
    ['a JSON-RPC error with HTTP 503', rpc(-32000, 'down', 503), 'HTTP 503'],
    ['JSON-RPC code 429, the rate limit', rpc(429, 'too fast'), 'JSON-RPC error 429'],
    ['a rate limit by its words', rpc(-32007, '50/second request limit reached'), 'JSON-RPC error -32007'],
    ['HTTP 408', http(408), 'HTTP 408'],
    ['HTTP 404', http(404), 'HTTP 404'],
    ['HTTP 504 with a JSON-RPC error', rpc(-32603, 'Gateway Timeout', 504), 'HTTP 504'],
  ])('reports %s as a failure of the endpoint', (_name, error, message) => {
    expect(failureOf(error, AT)?.message).toBe(message)
  })

  it.each([
    ['a revert', rpc(3, 'execution reverted: unavailable')],
    ['a revert with HTTP 500', rpc(-32000, 'execution reverted', 500)],
    ['nonce too low', rpc(-32000, 'nonce too low')],
    ['underpriced', rpc(-32000, 'replacement transaction underpriced')],
    ['a block that the endpoint lacks', rpc(-32000, 'header not found')],
    ['a block that the endpoint lacks, with HTTP 500', rpc(-32000, 'header not found', 500)],
    ['a simulation that takes too long', rpc(-32000, 'execution aborted (timeout = 5s)', 500)],
    ['a request that is too large', rpc(-32007, 'Request is too big', 500)],
    ['an internal error', rpc(-32603, 'Internal error')],
    ['content too large', http(413)],
    ['a bad request', http(400)],
    ['a defect of the gateway', new TypeError('undefined')],
  ])('reports no failure for %s', (_name, error) => {
    expect(failureOf(error, AT)).toBeNull()
  })

  it.each([
    ['HTTP 429', http(429)],
    ['HTTP 429 with a JSON-RPC error', rpc(429, 'slow down', 429)],
    ['the JSON-RPC code 429', rpc(429, 'slow down')],
    ['-32005', rpc(-32005, 'project ID request rate limited')],
    ['-32005 without more words', rpc(-32005, 'limit exceeded')],
    ['-32007', rpc(-32007, '50/second request limit reached')],
    ['-32016', rpc(-32016, 'over rate limit')],
    ['-32029', rpc(-32029, 'Too many requests')],
  ])('reports a rate limit for %s', (_name, error) => {
    expect(failureOf(error, AT)).toMatchObject({ isRateLimited: true, retryAfter: null })
    expect(isUnavailable(error)).toBe(true)
  })

  it.each([
    ['HTTP 402', http(402)],
    ['JSON-RPC code 402', rpc(402, 'Payment Required')],
    ['a daily limit', rpc(-32005, 'daily request count exceeded, request rate limited')],
  ])('asks for a pause of a minute after %s', (_name, error) => {
    expect(failureOf(error, AT)).toMatchObject({ isRateLimited: true, retryAfter: 60_000 })
  })

  it.each([
    ['7', 7_000],
    ['Tue, 01 Jan 2030 00:00:30 GMT', 30_000],
    ['Tue, 01 Jan 2019 00:00:00 GMT', 0],
    ['soon', null],
  ])('reads Retry-After: %s', (text, duration) => {
    expect(failureOf(http(429, text), AT)).toMatchObject({ isRateLimited: true, retryAfter: duration })
  })
})
