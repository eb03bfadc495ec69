/** The tone of a batch by the results of its operations. */
import { describe, expect, it } from 'vitest'
import { toneWith } from '../../../inspector/src/page/world/outcomes.ts'

describe('a settled batch', () => {
  it.each([
    [{ finalized: 3, failed: 0, evicted: 0 }, 'good'],
    [{ finalized: 0, failed: 0, evicted: 0 }, 'good'],
    [{ finalized: 2, failed: 1, evicted: 0 }, 'warn'],
    [{ finalized: 2, failed: 0, evicted: 1 }, 'warn'],
    [{ finalized: 0, failed: 3, evicted: 0 }, 'bad'],
  ])('with %o is %s', (counts, tone) => {
    expect(toneWith('good', counts)).toBe(tone)
  })
})

describe('a batch in flight', () => {
  it('keeps the tone of its state', () => {
    expect(toneWith('flight', { finalized: 0, failed: 1, evicted: 0 })).toBe('flight')
  })
})
