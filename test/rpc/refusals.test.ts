import { HttpRequestError, RpcRequestError, TimeoutError } from 'viem'
import { describe, expect, it } from 'vitest'
import type { RefusalClass } from '../../src/domain/refusal.ts'
import { EndpointDownError } from '../../src/rpc/chainClient.ts'
import { refusalClassifier } from '../../src/rpc/refusals.ts'
import { REFUSAL_TABLE } from '../../src/rpc/refusalTable.ts'
import { MESSAGES } from './refusalMessages.ts'

const classify = refusalClassifier({})

function rpcError(message: string, { code = -32000, data }: { code?: number; data?: unknown } = {}) {
  return new RpcRequestError({ body: {}, url: 'node', error: { code, message, data } })
}

function httpError(status: number): HttpRequestError {
  return new HttpRequestError({ url: 'node', status, details: 'a page about too many requests' })
}

const classOf = (error: unknown) => classify(error, 'node').class

describe('the message of a refusal decides its class', () => {
  it.each(MESSAGES)('$client: $message ($code) is $class', ({ message, code, class: kind }) => {
    expect(classOf(rpcError(message, { code }))).toBe(kind)
  })

  it('and every row of the table is the reason for one of these classes', () => {
    const unused = REFUSAL_TABLE.filter(
      ({ pattern }) => !MESSAGES.some(({ message }) => message.toLowerCase().includes(pattern.toLowerCase())),
    )
    expect(unused).toEqual([])
  })

  it.each<[string, RefusalClass]>([
    ['unknown transaction type 9', 'unknown'],
    ['the spammer list is empty', 'unknown'],
    ['is underpriced really the word', 'unknown'],
    ['INTERNAL_ERROR: err: rpc error: spammer', 'accountLimit'],
    ['INTERNAL_ERROR: existing tx with same hash', 'known'],
    ['NONCE TOO LOW', 'nonceTooLow'],
    ['something\nnew', 'unknown'],
  ])('as a whole word and without prefixes: %s is %s', (message, kind) => {
    expect(classOf(rpcError(message))).toBe(kind)
  })

  it('or the data, if they hold a text', () => {
    const byData = (data: unknown) => classify(rpcError('Server error', { data }), 'node')
    expect(byData('nonce too low')).toMatchObject({
      class: 'nonceTooLow',
      words: 'Server error; nonce too low',
    })
    expect(byData({ message: 'txpool is full' }).class).toBe('poolFull')
    expect(byData('0x08c379a0').class).toBe('unknown')
  })

  it('and the first class in the given order wins', () => {
    expect(classOf(rpcError('nonce too low, and already known'))).toBe('known')
    expect(classOf(rpcError('insufficient funds; transaction underpriced'))).toBe('funds')
  })
})

describe('the code decides only for a message without a pattern', () => {
  it.each<[number, string, RefusalClass]>([
    [429, 'slow down', 'rateLimited'],
    [402, 'no credit', 'rateLimited'],
    [-32005, 'limit exceeded', 'rateLimited'],
    [-32005, 'Transaction gas limit exceeds block gas limit', 'tooLarge'],
    [-32029, 'wait', 'rateLimited'],
    [-32007, 'no', 'unknown'],
  ])('%i with "%s" is %s', (code, message, kind) => {
    expect(classOf(rpcError(message, { code }))).toBe(kind)
  })
})

describe('without an answer of the node', () => {
  it.each<[string, unknown, RefusalClass, string]>([
    ['HTTP 429', httpError(429), 'rateLimited', 'HTTP 429'],
    ['HTTP 402', httpError(402), 'rateLimited', 'HTTP 402'],
    ['HTTP 401', httpError(401), 'transport', 'HTTP 401'],
    ['HTTP 408', httpError(408), 'transport', 'HTTP 408'],
    ['HTTP 502', httpError(502), 'transport', 'HTTP 502'],
    [
      'a broken connection',
      new HttpRequestError({ url: 'node', details: 'socket hang up' }),
      'transport',
      'socket hang up',
    ],
    ['a timeout', new TimeoutError({ url: 'node', body: {} }), 'transport', 'The request timed out.'],
    ['a disabled endpoint', new EndpointDownError('node', 'HTTP 503', 1), 'transport', 'HTTP 503'],
    ['an error of the program', new Error('closed'), 'transport', 'Error: closed'],
  ])('%s', (_, error, kind, words) => {
    expect(classify(error, 'node')).toEqual({ class: kind, words, code: null, endpoint: 'node', limit: null })
  })
})

describe('the limit that a message names', () => {
  it.each<[string, number | null]>([
    ['tx fee (1.10 ether) exceeds the configured cap (1.00 ether)', 1e18],
    ['tx fee (1100 wei) exceeds the configured cap (1000 wei)', 1000],
    ['oversized data: transaction size 140000, limit 131072', 131_072],
    ['transaction gas limit too high (cap: 16777216, tx: 20000000)', 16_777_216],
    [
      'Transaction gas limit is greater than the block gas limit, gas_limit: 40000000, cap: 30000000',
      30_000_000,
    ],
    ['intrinsic gas too low: gas 20000, minimum needed 21000', 21_000],
    ['transaction gas price below minimum: gas tip cap 1, minimum needed 25000000000', 25e9],
    ['transaction priority fee below minimum required priority fee 1000000', 1_000_000],
    ['gas price too low: 5 wei, use at least tx.gasPrice = 7 wei', 7],
    ['max fee per gas less than block base fee: address 0x1, maxFeePerGas: 5, baseFee: 9', 9],
    ['nonce too low: next nonce 7, tx nonce 5', null],
    ['exceeds block gas limit', null],
  ])('of "%s" is %s', (message, limit) => {
    expect(classify(rpcError(message), 'node').limit).toBe(limit)
  })
})

describe("the operator's patterns", () => {
  it('come before the table, in the order of the classes', () => {
    const own = refusalClassifier({
      poolFull: ['^mempool busy \\d+$'],
      unknown: [],
      config: ['already known'],
    })
    expect(own(rpcError('Mempool BUSY 7'), 'node').class).toBe('poolFull')
    expect(own(rpcError('already known'), 'node').class).toBe('config')
    expect(own(rpcError('nonce too low'), 'node').class).toBe('nonceTooLow')
  })
})
