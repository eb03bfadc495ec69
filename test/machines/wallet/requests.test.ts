import { describe, expect, it } from 'vitest'
import type { SignatureRequested } from '../../../src/machines/protocol.ts'
import { enqueue, isSame, putBack, type Requests } from '../../../src/machines/wallet/requests.ts'
import { HIGHEST, request } from '../support/wallet.ts'

/** A request of a batch, for a given nonce or a new one. */
function asked(batchId: string, nonce: number | null = null): SignatureRequested {
  return { type: 'signature.requested', request: request(batchId), nonce, highest: null }
}

const cancel: SignatureRequested = {
  type: 'signature.requested',
  request: { purpose: 'cancel', batchId: 'b' },
  nonce: 5,
  highest: HIGHEST,
}

const batches = (line: Requests) => line.map((entry) => entry.request.batchId)

describe("the wallet's line", () => {
  it('keeps requests for new nonces in order', () => {
    expect(batches([asked('a'), asked('b'), asked('c')].reduce<Requests>(enqueue, []))).toEqual([
      'a',
      'b',
      'c',
    ])
  })

  it('has given nonces first, the lowest before the others', () => {
    const line = [asked('a'), asked('b', 9), asked('c', 0), asked('d', 7)].reduce<Requests>(enqueue, [])
    expect(batches(line)).toEqual(['c', 'd', 'b', 'a'])
  })

  it('has each batch and nonce once, with what was asked last, in the place of what was asked first', () => {
    const line = [asked('a', 5), asked('b', 5), asked('c', 5), cancel].reduce<Requests>(enqueue, [])
    expect(line).toEqual([asked('a', 5), cancel, asked('c', 5)])
    expect(isSame(cancel, asked('b', 5))).toBe(true)
    expect(isSame(cancel, asked('b', 6))).toBe(false)
    expect(isSame(cancel, asked('a', 5))).toBe(false)
  })

  it('takes back whose turn it was before others that are as urgent', () => {
    expect(batches(putBack([asked('b'), asked('c')], asked('a')))).toEqual(['a', 'b', 'c'])
    expect(batches(putBack([asked('b', 4), asked('c')], asked('a', 5)))).toEqual(['b', 'a', 'c'])
    expect(putBack([asked('c'), asked('b', 5)], cancel)).toEqual([cancel, asked('c')])
  })
})
