import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  isTracked,
  type NonceStream,
  nextNonce,
  settleNonce,
  synchronise,
  trackAttempt,
} from '../../src/machines/nonceStream.ts'
import { attempt } from './support/samples.ts'

const empty: NonceStream = { chainNonce: 0, tracked: [] }
const first = attempt(5)
const raised = attempt(5, { maxFeePerGas: 12 })

describe('the nonce stream', () => {
  it('goes on from the chain when nothing is in flight', () => {
    expect(nextNonce(empty)).toBe(0)
    expect(nextNonce(synchronise(empty, 5))).toBe(5)
  })

  it('goes on from the newest signed transaction when the chain has not caught up', () => {
    const stream = [5, 6, 7].map((nonce) => attempt(nonce)).reduce(trackAttempt, synchronise(empty, 5))
    expect(nextNonce(stream)).toBe(8)
    expect(nextNonce(synchronise(stream, 6))).toBe(8)
  })

  it('goes on from the chain when somebody else has used the key', () => {
    expect(nextNonce(synchronise(trackAttempt(empty, attempt(5)), 9))).toBe(9)
  })

  it('keeps every transaction of a nonce under it', () => {
    expect(trackAttempt(trackAttempt(empty, first), raised).tracked).toEqual([
      { nonce: 5, batchId: 'batch-1', hashes: [first.hash, raised.hash] },
    ])
  })

  it('tells whether a nonce is in flight', () => {
    const stream = trackAttempt(empty, first)
    expect(isTracked(stream, 5)).toBe(true)
    expect(isTracked(stream, 6)).toBe(false)
    expect(isTracked(settleNonce(stream, 5), 5)).toBe(false)
  })

  it('keeps nonces in order however they come', () => {
    const stream = [7, 5, 6].map((nonce) => attempt(nonce)).reduce(trackAttempt, empty)
    expect(stream.tracked.map(({ nonce }) => nonce)).toEqual([5, 6, 7])
  })

  it('drops a settled nonce, and never gives it out again', () => {
    const stream = settleNonce(trackAttempt(empty, first), 5)
    expect(stream).toEqual({ chainNonce: 6, tracked: [] })
    expect(nextNonce(synchronise(stream, 5))).toBe(6)
  })

  it('keeps what is in flight below a settled nonce', () => {
    const stream = [5, 6].map((nonce) => attempt(nonce)).reduce(trackAttempt, empty)
    expect(settleNonce(stream, 6).tracked.map(({ nonce }) => nonce)).toEqual([5])
  })

  it('does not track a replacement that was signed when its nonce was settled already', () => {
    const settled = settleNonce(trackAttempt(empty, first), 5)
    expect(trackAttempt(settled, raised)).toEqual(settled)
  })

  it('tracks a replacement of a nonce that the chain has consumed and that is not settled', () => {
    const included = synchronise(trackAttempt(empty, first), 6)
    expect(trackAttempt(included, raised).tracked).toEqual([
      { nonce: 5, batchId: 'batch-1', hashes: [first.hash, raised.hash] },
    ])
  })
})

type Step =
  | { readonly type: 'sign' }
  | { readonly type: 'replace' | 'settle' | 'signLate'; readonly which: number }
  | { readonly type: 'read'; readonly chainNonce: number }

const steps = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.record({ type: fc.constant('sign' as const) }) },
    fc.record({ type: fc.constantFrom('replace', 'settle', 'signLate'), which: fc.nat(20) }),
    fc.record({ type: fc.constant('read' as const), chainNonce: fc.nat(12) }),
  ),
  { maxLength: 40 },
)

/** The same by a plain list of what was signed and what is over. */
class NaiveNonces {
  readonly signed: { readonly nonce: number; readonly hash: string }[] = []
  readonly settled: number[] = []
  highestRead = 0

  get next(): number {
    const given = [...this.signed.map(({ nonce }) => nonce), ...this.settled]
    return Math.max(this.highestRead, 0, ...given.map((nonce) => nonce + 1))
  }

  get inFlight(): number[] {
    return [...new Set(this.signed.map(({ nonce }) => nonce))]
      .filter((nonce) => !this.settled.includes(nonce))
      .toSorted((a, b) => a - b)
  }

  hashes(nonce: number): string[] {
    return this.signed.filter((entry) => entry.nonce === nonce).map(({ hash }) => hash)
  }
}

function pick(from: readonly number[], which: number): number | undefined {
  return from[which % Math.max(1, from.length)]
}

/** Takes a step in the list, and gives the stream after the same step. */
function takeStep(model: NaiveNonces, stream: NonceStream, step: Step, fee: number): NonceStream {
  if (step.type === 'read') {
    model.highestRead = Math.max(model.highestRead, step.chainNonce)
    return synchronise(stream, step.chainNonce)
  }
  const isLate = step.type === 'signLate'
  const nonce = step.type === 'sign' ? model.next : pick(isLate ? model.settled : model.inFlight, step.which)
  if (nonce === undefined) return stream
  if (step.type === 'settle') {
    model.settled.push(nonce)
    return settleNonce(stream, nonce)
  }
  const signed = attempt(nonce, { maxFeePerGas: fee })
  model.signed.push(signed)
  return trackAttempt(stream, signed)
}

describe('the nonce stream after any sequence of events', () => {
  it('gives out each nonce once, and tracks what is signed and not settled', () => {
    fc.assert(
      fc.property(steps, (sequence) => {
        const model = new NaiveNonces()
        let stream = empty
        for (const [index, step] of sequence.entries()) {
          stream = takeStep(model, stream, step, index)
          expect(nextNonce(stream)).toBe(model.next)
          expect(stream.tracked.map(({ nonce }) => nonce)).toEqual(model.inFlight)
          for (const { nonce, hashes } of stream.tracked) expect(hashes).toEqual(model.hashes(nonce))
        }
      }),
      { numRuns: 200 },
    )
  })
})
