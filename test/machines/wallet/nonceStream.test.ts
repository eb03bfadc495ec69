import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { TransactionAttempt } from '../../../src/domain/batch.ts'
import {
  costInFlight,
  headOf,
  isFreeFor,
  missingNonces,
  type NonceStream,
  nextNonce,
  noNonces,
  ownerOf,
  restoreAttempt,
  settleNonce,
  synchronise,
} from '../../../src/machines/wallet/nonceStream.ts'
import { agree, pick, playSequences } from '../../support/sequences.ts'
import { attempt } from '../support/samples.ts'

const empty = noNonces
const first = attempt(5)
const raised = attempt(5, { maxFeePerGas: 12 })
/** Of the more expensive attempt. */
const maxCost = String(raised.gasLimit * raised.maxFeePerGas)

/** A reading after a reorg. */
const follow = (stream: NonceStream, chainNonce: number) => synchronise(stream, chainNonce, true)
const track = restoreAttempt

describe('the nonce stream', () => {
  it('starts from the chain if no nonce is in flight', () => {
    expect(nextNonce(empty)).toBe(0)
    expect(nextNonce(follow(empty, 5))).toBe(5)
  })

  it('continues after the highest attempt if the chain is behind', () => {
    const stream = [5, 6, 7]
      .map((nonce) => attempt(nonce))
      .reduce((stream, signed) => track(stream, signed), follow(empty, 5))
    expect(nextNonce(stream)).toBe(8)
    expect(nextNonce(follow(stream, 6))).toBe(8)
  })

  it('continues from the chain after foreign transactions', () => {
    expect(nextNonce(follow(track(empty, attempt(5)), 9))).toBe(9)
  })

  it('keeps all attempts at a nonce', () => {
    expect(track(track(empty, first), raised).tracked).toEqual([
      { nonce: 5, batchId: 'batch-1', hashes: [first.hash, raised.hash], maxCost },
    ])
  })

  it('names the batch with attempts at a nonce', () => {
    const stream = track(empty, first)
    expect(ownerOf(stream, 5)).toBe('batch-1')
    expect(ownerOf(stream, 6)).toBeNull()
    expect(ownerOf(settleNonce(stream, 5), 5)).toBeNull()
  })

  it('is free for a batch at a nonce that is not consumed', () => {
    const stream = follow(empty, 5)
    expect([4, 5, 6].map((nonce) => isFreeFor(stream, nonce, 'batch-1'))).toEqual([false, true, true])
    expect(isFreeFor(settleNonce(stream, 5), 5, 'batch-1')).toBe(false)
    expect(isFreeFor(follow(settleNonce(stream, 5), 5), 5, 'batch-1')).toBe(true)
  })

  it('is free at a nonce with attempts only for the batch with the attempts', () => {
    const stream = track(follow(empty, 5), first)
    expect(['batch-1', 'batch-2'].map((batchId) => isFreeFor(stream, 5, batchId))).toEqual([true, false])
    expect(isFreeFor(follow(stream, 6), 5, 'batch-1')).toBe(false)
  })

  it('names the next nonce of the chain if the nonce has attempts', () => {
    const stream = [5, 6]
      .map((nonce) => attempt(nonce))
      .reduce((stream, signed) => track(stream, signed), empty)
    expect(headOf(stream)).toBeNull()
    expect(headOf(follow(stream, 5))).toMatchObject({ nonce: 5 })
    expect(headOf(follow(stream, 6))).toMatchObject({ nonce: 6 })
    expect(headOf(follow(stream, 7))).toBeNull()
  })

  it('keeps nonces in ascending order', () => {
    const stream = [7, 5, 6]
      .map((nonce) => attempt(nonce))
      .reduce((stream, signed) => track(stream, signed), empty)
    expect(stream.tracked.map(({ nonce }) => nonce)).toEqual([5, 6, 7])
  })

  it('removes a settled nonce, and never assigns the nonce again', () => {
    const stream = settleNonce(track(empty, first), 5)
    expect(stream).toEqual({ chainNonce: 6, floor: 6, tracked: [] })
    expect(nextNonce(follow(stream, 5))).toBe(6)
  })

  it('keeps nonces in flight below a settled nonce', () => {
    const stream = [5, 6]
      .map((nonce) => attempt(nonce))
      .reduce((stream, signed) => track(stream, signed), empty)
    expect(settleNonce(stream, 6).tracked.map(({ nonce }) => nonce)).toEqual([5])
  })
})

describe('the cost of the transactions in flight', () => {
  const cost = first.gasLimit * first.maxFeePerGas

  it('is the sum of the highest costs of the open nonces, with the fees of a rollup', () => {
    const stream = track(track(track(empty, first), raised), attempt(6, { rollupFee: '1000' }))
    expect(costInFlight(stream, 7)).toBe(String(Number(maxCost) + cost + 1000))
  })

  it('counts the fees of a rollup also for attempts of a former run', () => {
    const stream = restoreAttempt(empty, attempt(6, { rollupFee: '1000' }))
    expect(costInFlight(stream, 7)).toBe(String(cost + 1000))
  })

  it('leaves out consumed nonces, and the nonce of the attempt to sign', () => {
    const stream = [5, 6, 7]
      .map((nonce) => attempt(nonce))
      .reduce((known, signed) => track(known, signed), empty)
    expect(costInFlight(synchronise(stream, 6, false), 7)).toBe(String(cost))
  })
})

describe('a reading without a reorg', () => {
  it('never lowers the nonce, because the node may lag', () => {
    const stream = synchronise(synchronise(empty, 7, false), 5, false)
    expect(stream.chainNonce).toBe(7)
    expect(missingNonces(stream, 16)).toEqual([])
  })
})

describe('the nonce stream after a reorg', () => {
  const three = [5, 6, 7]
    .map((nonce) => attempt(nonce))
    .reduce((stream, signed) => track(stream, signed), follow(empty, 5))

  it('has no gap while every open nonce is tracked', () => {
    expect(missingNonces(three, 16)).toEqual([])
    expect(missingNonces(follow(three, 6), 16)).toEqual([])
    expect(missingNonces(follow(three, 8), 16)).toEqual([])
  })

  it('has a gap at a settled nonce if a reorg undid the consumption', () => {
    const settled = settleNonce(settleNonce(three, 5), 6)
    expect(missingNonces(settled, 16)).toEqual([])
    expect(missingNonces(follow(settled, 5), 16)).toEqual([5, 6])
    expect(missingNonces(follow(settled, 6), 16)).toEqual([6])
  })

  it('has a gap at the last settled nonce, even if no nonce follows', () => {
    const settled = settleNonce(track(follow(empty, 5), first), 5)
    expect(missingNonces(follow(settled, 5), 16)).toEqual([5])
  })

  it('returns the lowest gaps, up to the limit', () => {
    expect(missingNonces(follow(follow(empty, 30), 4), 3)).toEqual([4, 5, 6])
  })

  it('has no gap at a restored nonce, even below the nonce on chain', () => {
    const settled = settleNonce(three, 5)
    const restored = restoreAttempt(settled, first)
    expect(restored.tracked.map(({ nonce }) => nonce)).toEqual([5, 6, 7])
    expect(missingNonces(follow(restored, 5), 16)).toEqual([])
    expect(nextNonce(restored)).toBe(8)
  })

  it('keeps a single copy of an attempt restored twice', () => {
    const twice = [first, raised, first].reduce((stream, stored) => restoreAttempt(stream, stored), empty)
    expect(twice.tracked).toEqual([
      { nonce: 5, batchId: 'batch-1', hashes: [raised.hash, first.hash], maxCost },
    ])
  })
})

type Step =
  | { readonly type: 'sign' }
  | { readonly type: 'replace' | 'settle' | 'signLate' | 'restore'; readonly which: number }
  | { readonly type: 'read'; readonly chainNonce: number }

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ type: fc.constant('sign' as const) }) },
  fc.record({ type: fc.constantFrom('replace', 'settle', 'signLate', 'restore'), which: fc.nat(20) }),
  fc.record({ type: fc.constant('read' as const), chainNonce: fc.nat(12) }),
)

/** A nonce stream with plain lists of signed attempts and settled nonces. */
class NaiveNonces {
  readonly signed: TransactionAttempt[] = []
  readonly settled = new Set<number>()
  /** The hashes of attempts signed after the verdict on the nonce. */
  readonly late = new Set<string>()
  chainNonce = 0
  highestSeen = 0

  see(chainNonce: number): void {
    this.chainNonce = chainNonce
    this.highestSeen = Math.max(this.highestSeen, chainNonce)
  }

  get next(): number {
    return Math.max(this.highestSeen, ...this.inFlight.map((nonce) => nonce + 1))
  }

  get inFlight(): number[] {
    const alive = this.signed.filter(({ nonce, hash }) => !this.settled.has(nonce) && !this.late.has(hash))
    return [...new Set(alive.map(({ nonce }) => nonce))].toSorted((a, b) => a - b)
  }

  get missing(): number[] {
    const taken = this.inFlight
    const all = Array.from({ length: this.next }, (_, nonce) => nonce)
    return all.filter((nonce) => nonce >= this.chainNonce && !taken.includes(nonce))
  }

  get head(): number | null {
    return this.inFlight.includes(this.chainNonce) ? this.chainNonce : null
  }

  of(nonce: number): TransactionAttempt[] {
    return this.signed.filter((entry) => entry.nonce === nonce)
  }
}

/** Takes a step in the lists, and gives the stream after the same step. */
function takeStep(model: NaiveNonces, stream: NonceStream, step: Step, fee: number): NonceStream {
  if (step.type === 'read') {
    model.see(step.chainNonce)
    return follow(stream, step.chainNonce)
  }
  const isOver = step.type === 'signLate' || step.type === 'restore'
  const from = isOver ? [...model.settled] : model.inFlight
  const nonce = step.type === 'sign' ? model.next : pick(from, step.which)
  if (nonce === undefined) return stream
  if (step.type === 'settle') {
    model.settled.add(nonce)
    model.see(Math.max(model.chainNonce, nonce + 1))
    return settleNonce(stream, nonce)
  }
  if (step.type === 'restore') {
    model.settled.delete(nonce)
    for (const { hash } of model.of(nonce)) model.late.delete(hash)
    return model.of(nonce).reduce(restoreAttempt, stream)
  }
  const signed = attempt(nonce, { maxFeePerGas: fee })
  model.signed.push(signed)
  if (step.type !== 'signLate') return track(stream, signed)
  const isFree = nonce >= model.chainNonce
  agree(isFreeFor(stream, nonce, signed.batchId), isFree)
  const late = isFree ? revive(model, signed) : [signed]
  for (const { hash } of late) model.late.add(hash)
  return isFree ? track(stream, signed) : stream
}

/** If a reorg reopens a nonce, late signatures for the nonce count, and earlier signatures do not. */
function revive(model: NaiveNonces, { nonce, hash }: TransactionAttempt): TransactionAttempt[] {
  model.settled.delete(nonce)
  return model.of(nonce).filter((other) => other.hash !== hash)
}

describe('the nonce stream after any sequence of events', () => {
  it('gives out each nonce once, tracks what is signed and not settled, and misses the rest', () => {
    playSequences(step, (sequence) => {
      const model = new NaiveNonces()
      let stream = empty
      for (const [index, each] of sequence.entries()) {
        stream = takeStep(model, stream, each, index)
        agree(nextNonce(stream), model.next)
        agree(
          stream.tracked.map(({ nonce }) => nonce),
          model.inFlight,
        )
        agree(missingNonces(stream, 100), model.missing)
        agree(headOf(stream)?.nonce ?? null, model.head)
        for (const { nonce, hashes } of stream.tracked) {
          const alive = model.of(nonce).filter(({ hash }) => !model.late.has(hash))
          agree(
            hashes,
            alive.map(({ hash }) => hash),
          )
        }
      }
    })
  })
})
