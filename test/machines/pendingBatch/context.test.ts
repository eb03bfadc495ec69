import { describe, expect, it } from 'vitest'
import { type BatchOrigin, startContext } from '../../../src/machines/pendingBatch/context.ts'
import { resubmissions } from '../../../src/machines/pendingBatch/rules.ts'
import { batchInput, first, operations, plan, raised } from '../support/batch.ts'
import { attempt, batchRecord, inclusion } from '../support/samples.ts'
import { START } from '../support/stage.ts'

const start = (origin: BatchOrigin) => startContext({ ...batchInput, origin })

describe('the start of a batch', () => {
  it('knows nothing yet when it is new', () => {
    expect(start({ type: 'planned' })).toMatchObject({
      ...{ origin: 'planned', operations, plan: null, attempts: [], inclusion: null, gapNonce: null },
      ...{
        submittedAt: null,
        simulationCompletedAt: null,
        createdAt: START,
        nextNonceSince: null,
        lastOffer: null,
      },
    })
  })

  it('knows its nonce when it only fills that', () => {
    expect(start({ type: 'healing', nonce: 0 })).toMatchObject({ gapNonce: 0, plan: null, attempts: [] })
  })

  it('knows of a batch before a restart what its record says; where it is has to be looked for', () => {
    const record = batchRecord({ plan, inclusion: inclusion(first.hash, 20) })
    const resumed = start({ type: 'resumed', record, attempts: [first, raised] })
    expect(resumed).toMatchObject({ plan, attempts: [first, raised], gapNonce: null, lastBroadcast: null })
    expect(resumed).toMatchObject({
      createdAt: START - 5_000,
      simulationCompletedAt: START - 4_000,
      submittedAt: START - 3_000,
    })
    expect(resumed.inclusion).toBeNull()
    expect(resubmissions(resumed)).toBe(1)
  })

  it('knows that a batch before a restart without a plan only fills its nonce', () => {
    const record = batchRecord({ plan: null, operations: [] })
    const attempts = [attempt(5, { purpose: 'cancel' })]
    expect(start({ type: 'resumed', record, attempts }).gapNonce).toBe(5)
    expect(start({ type: 'resumed', record, attempts: [] }).gapNonce).toBeNull()
  })

  it('knows nothing yet of one whose block was orphaned after its end', () => {
    expect(start({ type: 'revived' })).toMatchObject({ origin: 'revived', attempts: [], plan: null })
  })
})
