import { describe, expect, it } from 'vitest'
import { type BatchOrigin, startContext } from '../../../src/machines/pendingBatch/context.ts'
import { resubmissions } from '../../../src/machines/pendingBatch/replacement.ts'
import { batchInput, first, operations, plan, raised } from '../support/batch.ts'
import { attempt, batchRecord, inclusion } from '../support/samples.ts'
import { START } from '../support/stage.ts'

const start = (origin: BatchOrigin) => startContext({ ...batchInput, origin })

describe('the first context of a batch', () => {
  it('of a planned batch has only the operations', () => {
    expect(start({ type: 'planned' })).toMatchObject({
      ...{ origin: 'planned', operations, plans: [], attempts: [], inclusion: null, gapNonce: null },
      ...{
        submittedAt: null,
        simulationCompletedAt: null,
        createdAt: START,
        nextNonceSince: null,
        lastOffer: null,
      },
    })
  })

  it('of a healing batch has the nonce of the gap', () => {
    expect(start({ type: 'healing', nonce: 0 })).toMatchObject({ gapNonce: 0, plans: [], attempts: [] })
  })

  it('of a resumed batch has the stored plan, attempts and times, and no inclusion', () => {
    const record = batchRecord({ plans: [plan], inclusion: inclusion(first.hash, 20) })
    const resumed = start({ type: 'resumed', record, attempts: [first, raised] })
    expect(resumed).toMatchObject({
      ...{ plans: [plan], attempts: [first, raised], gapNonce: null, lastBroadcast: null },
      offeredAt: first.signedAt,
    })
    expect(resumed).toMatchObject({
      createdAt: START - 5_000,
      simulationCompletedAt: START - 4_000,
      submittedAt: START - 3_000,
    })
    expect(resumed.inclusion).toBeNull()
    expect(resubmissions(resumed)).toBe(1)
  })

  it('of a resumed batch without a plan has the nonce of the gap', () => {
    const record = batchRecord({ plans: [], operations: [] })
    const attempts = [attempt(5, { purpose: 'cancel' })]
    expect(start({ type: 'resumed', record, attempts }).gapNonce).toBe(5)
    expect(start({ type: 'resumed', record, attempts: [] }).gapNonce).toBeNull()
  })

  it('of a revived batch has no attempts yet', () => {
    expect(start({ type: 'revived' })).toMatchObject({ origin: 'revived', attempts: [], plans: [] })
  })
})
