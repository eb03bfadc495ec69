/** A batch that was signed before: by a former run, or before its block was orphaned. */
import { describe, expect, it } from 'vitest'
import {
  cancel,
  first,
  found,
  landed,
  missing,
  operations,
  pending,
  plan,
  raised,
  resumed,
} from '../support/batch.ts'
import { batchRecord, inclusion } from '../support/samples.ts'
import { START } from '../support/stage.ts'

describe('a batch that was signed before a restart', () => {
  it('looks for any of its transactions first', () => {
    const { stage, state, look, simulation, broadcast } = resumed([first, raised], { confirmations: 2 })
    expect(state()).toEqual({ Submitted: 'Checking' })
    expect(look.inputs).toEqual([{ hashes: [first.hash, raised.hash], nonce: 7, confirmations: 2 }])
    expect([simulation.inputs, broadcast.inputs, stage.conversation]).toEqual([[], [], []])
  })

  it('goes on from the block that it is in', async () => {
    const { batch, state, look, outcome, see, stage } = resumed([first, raised])
    await look.resolve(found(first, 20))
    expect(state()).toEqual({ Submitted: 'Confirming' })
    expect(stage.heardBy('opsBatcher')).toMatchObject([{ type: 'batch.inclusionChanged', isIncluded: true }])
    see(20)
    await outcome.resolve({ type: 'settled', statuses: { 'op-1': landed, 'op-2': landed }, gasUsed: 1 })
    expect(batch.getSnapshot().output).toMatchObject({
      operations,
      batch: {
        txHash: first.hash,
        timing: {
          createdAt: START - 5_000,
          simulationCompletedAt: START - 4_000,
          submittedAt: START - 3_000,
          totalDuration: 5_000,
          resubmissionCount: 1,
        },
      },
    })
  })

  it('sends the newest of its bytes again when it is in no block', async () => {
    const { state, look, broadcast } = resumed([first, raised])
    await look.resolve(missing(20))
    expect(state()).toEqual({ Submitted: 'Broadcasting' })
    expect(broadcast.inputs).toEqual([{ attempt: raised }])
    await broadcast.resolve('accepted')
    expect(state()).toEqual({ Submitted: 'AwaitingInclusion' })
  })

  it('sends its bytes although its nonce seems to be consumed: one look proves nothing', async () => {
    const { state, look, broadcast, see } = resumed([first])
    await look.resolve(missing(20, 'unknown'))
    expect(broadcast.inputs).toHaveLength(1)
    await broadcast.resolve('nonceConsumed')
    await look.resolve(missing(20, 'unknown'))
    expect(state()).toEqual({ Submitted: 'AwaitingInclusion' })
    see(21, { transactions: [first.hash] })
    await look.resolve(missing(21, 'unknown'))
    expect(state()).toBe('Failed')
  })

  it('looks again after a pause when the chain does not answer', async () => {
    const { state, look, wait } = resumed([first])
    await look.reject('timeout')
    expect(state()).toEqual({ Submitted: 'Pausing' })
    await wait(1_000)
    expect(look.inputs).toHaveLength(2)
  })

  it('remembers how often it was replaced', async () => {
    const { stage, look, broadcast, takeTurn, wait, see } = resumed([first, raised], { maxResubmissions: 1 })
    await look.resolve(missing(20))
    await broadcast.resolve('accepted')
    takeTurn()
    see(21)
    await wait(10_000)
    expect(stage.heardBy('wallet')).toMatchObject([{ request: { purpose: 'cancel' } }])
  })

  it('is not cancelled for the time in which nobody cared for it', async () => {
    const { stage, look, broadcast, takeTurn, wait, see } = resumed([first], { cancelTimeout: 11_000 })
    await look.resolve(missing(20))
    await broadcast.resolve('accepted')
    takeTurn()
    see(21)
    await wait(10_000)
    expect(stage.heardBy('wallet')).toMatchObject([{ request: { purpose: 'batch' } }])
  })
})

describe('trap 6: a batch whose block was orphaned after its end', () => {
  const revived = () => pending({}, { type: 'revived' })

  it('learns from the store what was signed for it, and has the wallet count that again', async () => {
    const { stage, state, loading, look, context } = revived()
    expect(state()).toEqual({ Pending: 'Restoring' })
    expect(loading.inputs).toEqual([{ batchId: 'batch-1' }])
    await loading.resolve({ record: batchRecord({ plan }), attempts: [first, raised] })
    expect(state()).toEqual({ Submitted: 'Checking' })
    expect(stage.heardBy('wallet')).toEqual([{ type: 'attempts.restored', attempts: [first, raised] }])
    expect(look.inputs).toEqual([{ hashes: [first.hash, raised.hash], nonce: 7, confirmations: 0 }])
    expect(context()).toMatchObject({ plan, createdAt: START - 5_000, submittedAt: START - 3_000 })
  })

  it('tries again after a pause when the store does not answer', async () => {
    const { state, loading, wait } = revived()
    await loading.reject('disk')
    expect(state()).toEqual({ Pending: 'Pausing' })
    await wait(999)
    expect(loading.inputs).toHaveLength(1)
    await wait(1)
    expect(state()).toEqual({ Pending: 'Restoring' })
    await loading.resolve({ record: batchRecord({ plan }), attempts: [first] })
    expect(state()).toEqual({ Submitted: 'Checking' })
  })

  it('goes on like one that was signed before a restart', async () => {
    const { state, loading, look, broadcast } = revived()
    await loading.resolve({ record: batchRecord({ plan }), attempts: [first] })
    await look.resolve(missing(20))
    expect(broadcast.inputs).toEqual([{ attempt: first }])
    await broadcast.resolve('nonceConsumed')
    await look.resolve(found(first, 21, 'c'))
    expect(state()).toEqual({ Submitted: 'Confirming' })
  })

  it('is judged by what mined, although its cancel had been', async () => {
    const { batch, see, loading, look, outcome } = pending({}, { type: 'revived' }, [])
    await loading.resolve({ record: batchRecord({ plan }), attempts: [first, cancel] })
    await look.resolve(found(first, 20))
    see(20)
    expect(outcome.inputs).toEqual([{ plan, operations: [], inclusion: inclusion(first.hash, 20) }])
    await outcome.resolve({ type: 'settled', statuses: { 'op-1': landed }, gasUsed: 1 })
    expect(batch.getSnapshot()).toMatchObject({
      value: 'Finalized',
      output: { batch: { failure: null, statuses: { 'op-1': landed } } },
    })
  })
})
