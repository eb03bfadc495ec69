/** What `RequestStore` promises, as tests that every adapter of the port must pass. */
import { describe, it } from 'vitest'
import { sizeOf } from '../support/campaign.ts'
import { describeBatchLife } from './conformance/batchLife.ts'
import { describeCommits } from './conformance/commits.ts'
import type { OpenHarness } from './conformance/harness.ts'
import { checkAgainstNaiveStore } from './conformance/model.ts'
import { describePruning, describeReading } from './conformance/reading.ts'
import { describeRecovery } from './conformance/recovery.ts'
import { describeRequeuing } from './conformance/requeuing.ts'
import { describeCancels, describeRevival } from './conformance/revival.ts'
import { describeTransitions } from './conformance/transitions.ts'

/** @param open makes a harness around a new, empty store */
export function describeStoreConformance(name: string, open: OpenHarness): void {
  describe(name, () => {
    describe('commits', () => describeCommits(open))
    describe('transitions', () => describeTransitions(open))
    describe('the life of a batch', () => describeBatchLife(open))
    describe('cancels', () => describeCancels(open))
    describe('ends at simulation', () => describeRequeuing(open))
    describe('revival', () => describeRevival(open))
    describe('recovery', () => describeRecovery(open))
    describe('reading', () => describeReading(open))
    describe('pruning', () => describePruning(open))
    it('does as a naive store does, whatever is written', () =>
      checkAgainstNaiveStore(open, sizeOf('storeModel')))
  })
}
