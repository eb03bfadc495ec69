/**
 * The specification of `RequestStore`: every adapter must pass these tests. The port (`src/store/port.ts`) states the same in
 * words, and `StoreWrite` (`src/domain/writes.ts`) defines each write.
 */
import { describe, it } from 'vitest'
import { sizeOf } from '../support/campaign.ts'
import { describeBatchLife } from './conformance/batchLife.ts'
import { describeCommits } from './conformance/commits.ts'
import { describeCosts } from './conformance/costs.ts'
import type { OpenHarness } from './conformance/harness.ts'
import { checkAgainstNaiveStore } from './conformance/model.ts'
import { describeOperationRevival } from './conformance/operationRevival.ts'
import { describePruning, describeReading } from './conformance/reading.ts'
import { describeRecovery } from './conformance/recovery.ts'
import { describeCancels, describeRevival } from './conformance/revival.ts'
import { describeTransitions } from './conformance/transitions.ts'

/** @param open makes a harness around a new, empty store */
export function describeStoreConformance(name: string, open: OpenHarness): void {
  describe(name, () => {
    describe('a commit', () => describeCommits(open))
    describe('a transition of an operation', () => describeTransitions(open))
    describe('a batch', () => describeBatchLife(open))
    describe('the costs', () => describeCosts(open))
    describe('a cancel', () => describeCancels(open))
    describe('a revived operation', () => describeOperationRevival(open))
    describe('a revived batch', () => describeRevival(open))
    describe('recover', () => describeRecovery(open))
    describe('a read', () => describeReading(open))
    describe('pruning', () => describePruning(open))
    it('behaves as a naive store for any sequence of commits, starts and restarts', () =>
      checkAgainstNaiveStore(open, sizeOf('storeModel')))
  })
}
