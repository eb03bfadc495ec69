import { HttpRequestError, RpcRequestError, TimeoutError, WebSocketRequestError } from 'viem'
import { describe, expect, it } from 'vitest'
import {
  type EndpointHealth,
  fallIll,
  type Illness,
  illnessOf,
  rise,
  setAside,
  well,
} from '../../src/rpc/endpointHealth.ts'

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

const sick: Illness = { message: 'no answer in time', isLimited: false, retryAfter: null }

describe('illnessOf', () => {
  it.each([
    ['a timeout', new TimeoutError({ url, body: {} }), 'no answer in time'],
    ['a closed socket', new WebSocketRequestError({ url, details: 'closed' }), 'closed'],
    ['no connection', http(), 'details'],
    ['HTTP 502', http(502), 'it answers 502'],
    ['HTTP 429', http(429), 'it answers 429'],
    ['HTTP 401', http(401), 'it answers 401'],
    ['a JSON-RPC error with HTTP 503', rpc(-32000, 'down', 503), 'it answers 503'],
    ['a JSON-RPC error that stands for HTTP 429', rpc(429, 'too fast'), 'it answers 429'],
  ])('finds %s', (_name, error, message) => {
    expect(illnessOf(error, AT)?.message).toBe(message)
  })

  it.each([
    ['a revert', rpc(3, 'execution reverted: unavailable')],
    ['a revert with HTTP 500', rpc(-32000, 'execution reverted', 500)],
    ['nonce too low', rpc(-32000, 'nonce too low')],
    ['underpriced', rpc(-32000, 'replacement transaction underpriced')],
    ['a block that it has not got yet', rpc(-32000, 'header not found')],
    ['a call that is too large', http(413)],
    ['a bad request', http(400)],
    ['a defect of ours', new TypeError('undefined')],
  ])('14: takes %s for no illness', (_name, error) => {
    expect(illnessOf(error, AT)).toBeNull()
  })

  it.each([
    ['7', 7_000],
    ['Tue, 01 Jan 2030 00:00:30 GMT', 30_000],
    ['Tue, 01 Jan 2019 00:00:00 GMT', 0],
    ['soon', null],
  ])('reads how long the endpoint wants to be left alone: %s', (text, duration) => {
    expect(illnessOf(http(429, text), AT)).toMatchObject({ isLimited: true, retryAfter: duration })
  })
})

describe('an endpoint that falls ill', () => {
  /** Pauses from failure to probe, when every probe finds it well and every call fails. */
  function pauses(illness: Illness, times: number): readonly number[] {
    let health: EndpointHealth = well
    return Array.from({ length: times }, () => {
      health = fallIll(rise(health), illness, AT)
      return (health.retryAt ?? 0) - AT
    })
  }

  it('is looked at at once, and then ever more seldom, up to a limit', () => {
    expect(pauses(sick, 9)).toEqual([0, 250, 500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000])
  })

  it('is not looked at at once when it wants fewer calls', () => {
    expect(pauses({ ...sick, isLimited: true }, 3)).toEqual([250, 500, 1_000])
  })

  it('is left alone for as long as it wants, within reason', () => {
    expect(pauses({ ...sick, isLimited: true, retryAfter: 5_000 }, 1)).toEqual([5_000])
    expect(pauses({ ...sick, isLimited: true, retryAfter: 86_400_000 }, 1)).toEqual([60_000])
  })

  it('is well again when a probe says so, and forgets its relapses only with a call that succeeds', () => {
    const ill = fallIll(well, sick, AT)
    expect(ill).toMatchObject({ state: 'Down', message: 'no answer in time' })
    expect(rise(ill)).toEqual({ state: 'Up', message: null, retryAt: null, relapses: 1 })
    expect(setAside(well, 'Behind', 'why', AT)).toEqual({
      state: 'Behind',
      message: 'why',
      retryAt: AT + 10_000,
      relapses: 0,
    })
  })
})
