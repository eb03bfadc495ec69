import { describe, expect, it } from 'vitest'
import type { SignatureRequested } from '../../../src/machines/protocol.ts'
import { enqueue, isSame, putBack, type Requests } from '../../../src/machines/wallet/requests.ts'
import { cancelRequest, HIGHEST, request } from '../support/wallet.ts'

/** A request of a batch, for a given nonce or a new nonce. */
function asked(batchId: string, nonce: number | null = null): SignatureRequested {
  return { type: 'signature.requested', request: request(batchId), nonce, highest: null, pricing: 'market' }
}

const cancel: SignatureRequested = {
  type: 'signature.requested',
  request: cancelRequest('b'),
  nonce: 5,
  highest: HIGHEST,
  pricing: 'raise',
}

const batches = (queue: Requests) => queue.map((entry) => entry.request.batchId)

describe("the wallet's queue of requests", () => {
  it('keeps requests for new nonces in order', () => {
    expect(batches([asked('a'), asked('b'), asked('c')].reduce<Requests>(enqueue, []))).toEqual([
      'a',
      'b',
      'c',
    ])
  })

  it('has requests for given nonces first, the lowest nonce first', () => {
    const queue = [asked('a'), asked('b', 9), asked('c', 0), asked('d', 7)].reduce<Requests>(enqueue, [])
    expect(batches(queue)).toEqual(['c', 'd', 'b', 'a'])
  })

  it('replaces a pending request with the repeated request, and keeps the position', () => {
    const queue = [asked('a', 5), asked('b', 5), asked('c', 5), cancel].reduce<Requests>(enqueue, [])
    expect(queue).toEqual([asked('a', 5), cancel, asked('c', 5)])
    expect(isSame(cancel, asked('b', 5))).toBe(true)
    expect(isSame(cancel, asked('b', 6))).toBe(false)
    expect(isSame(cancel, asked('a', 5))).toBe(false)
  })

  it('puts a request back before requests of equal urgency', () => {
    expect(batches(putBack([asked('b'), asked('c')], asked('a')))).toEqual(['a', 'b', 'c'])
    expect(batches(putBack([asked('b', 4), asked('c')], asked('a', 5)))).toEqual(['b', 'a', 'c'])
    expect(putBack([asked('c'), asked('b', 5)], cancel)).toEqual([cancel, asked('c')])
  })
})
