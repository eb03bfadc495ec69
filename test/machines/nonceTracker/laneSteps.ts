/** Random steps for the test of lanes against a model. */
import fc from 'fast-check'
import type { Eviction } from '../../../src/machines/nonceTracker/returnEvicted.ts'

export type Step =
  | {
      readonly type: 'submit'
      readonly lane: { readonly leaf: string; readonly nonce: number } | null
      readonly claims: readonly string[]
      readonly chainNonce: number
    }
  | { readonly type: 'store' | 'storeFails'; readonly which: number }
  | { readonly type: 'end'; readonly which: number; readonly verdict: 'finalized' | 'failed' | 'tooLow' }
  | {
      readonly type: 'evict'
      readonly which: number
      readonly next: number | null
      readonly reason: Eviction['reason']
    }
  | { readonly type: 'promote'; readonly age: number }
  | { readonly type: 'endBackOff' }
  | { readonly type: 'revive' | 'requeue'; readonly count: number }
  | { readonly type: 'restart'; readonly inBatches: number }

const next = fc.option(fc.nat(7))
const which = fc.nat(30)
const verdict = fc.constantFrom('finalized' as const, 'failed' as const, 'tooLow' as const)
const reason = fc.constantFrom<Eviction['reason']>(
  'BatchFull',
  'DependencyNotReady',
  'GasLimitExceeded',
  'Timeout',
)
const submit = fc.record({
  type: fc.constant('submit' as const),
  lane: fc.option(fc.record({ leaf: fc.constantFrom('a', 'b'), nonce: fc.nat(6) }), { freq: 6 }),
  claims: fc.uniqueArray(fc.constantFrom('0x1', '0x2', '0x3', '0x4', '0x5'), { maxLength: 2 }),
  chainNonce: fc.nat(3),
})
export const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: submit },
  { weight: 6, arbitrary: fc.record({ type: fc.constant('store' as const), which }) },
  fc.record({ type: fc.constant('storeFails' as const), which }),
  { weight: 4, arbitrary: fc.record({ type: fc.constant('end' as const), which, verdict }) },
  { weight: 4, arbitrary: fc.record({ type: fc.constant('evict' as const), which, next, reason }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('promote' as const), age: fc.nat(15) }) },
  fc.record({ type: fc.constant('endBackOff' as const) }),
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constantFrom('revive' as const, 'requeue' as const),
      count: fc.integer({ min: 1, max: 3 }),
    }),
  },
  fc.record({ type: fc.constant('restart' as const), inBatches: fc.nat(3) }),
)
