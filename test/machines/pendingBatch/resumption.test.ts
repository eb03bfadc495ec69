/** Batches with stored attempts: resumed after a restart, or revived after a reorg. */
import { describe, expect, it } from 'vitest'
import {
  awaitingInclusion,
  cancel,
  confirmed,
  finalized,
  first,
  found,
  missing,
  operations,
  pending,
  plan,
  raised,
  resumed,
  submitted,
} from '../support/batch.ts'
import { accepted, nonceTooLow } from '../support/broadcasts.ts'
import { batchRecord, inclusion } from '../support/samples.ts'
import { START } from '../support/stage.ts'

describe('a batch signed before a restart', () => {
  it('checks for all its attempts, and broadcasts the newest again', () => {
    const { messages, state, look, simulation, broadcast } = resumed([first, raised], { confirmations: 2 })
    expect(state()).toEqual(submitted('Broadcasting', 'Checking'))
    expect(look.inputs).toEqual([{ hashes: [first.hash, raised.hash], nonce: 7, settledBlock: -2 }])
    expect(broadcast.inputs).toEqual([{ attempt: raised }])
    expect([simulation.inputs, messages()]).toEqual([[], []])
  })

  it('confirms the block that includes the batch', async () => {
    const { batch, state, look, outcome, see, stage } = resumed([first, raised])
    await look.resolve(found(first, 20))
    expect(state()).toEqual(confirmed)
    expect(stage.receivedBy('opsBatcher')).toMatchObject([
      { type: 'batch.inclusionChanged', isIncluded: true },
    ])
    see(20)
    await outcome.resolve({ type: 'settled', statuses: { 'op-1': finalized, 'op-2': finalized }, gasUsed: 1 })
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

  it('rebroadcasts the newest attempt when no block includes the batch', async () => {
    const { state, look, broadcast } = resumed([first, raised])
    await look.resolve(missing(20))
    expect(state()).toEqual(submitted('Broadcasting', 'Watching'))
    expect(broadcast.inputs).toEqual([{ attempt: raised }])
    await broadcast.resolve(accepted)
    expect(state()).toEqual(awaitingInclusion)
  })

  it('rebroadcasts after a first check with a consumed nonce, because a single check is no proof', async () => {
    const { state, look, broadcast, see } = resumed([first])
    await look.resolve(missing(20, 'unknown'))
    expect(broadcast.inputs).toHaveLength(1)
    await broadcast.resolve(nonceTooLow)
    await look.resolve(missing(20, 'unknown'))
    expect(state()).toEqual(awaitingInclusion)
    see(21, { transactions: [first.hash] })
    await look.resolve(missing(21, 'unknown'))
    expect(state()).toBe('Failed')
  })

  it('checks again after a pause when the chain does not answer', async () => {
    const { state, look, wait } = resumed([first])
    await look.reject('timeout')
    expect(state()).toEqual(submitted('Broadcasting', 'Pausing'))
    await wait(1_000)
    expect(look.inputs).toHaveLength(2)
  })

  it('counts replacements from before the restart', async () => {
    const { stage, look, broadcast, becomeNext, wait, see } = resumed([first, raised], {
      maxResubmissions: 1,
    })
    await look.resolve(missing(20))
    await broadcast.resolve(accepted)
    becomeNext()
    see(21)
    await wait(10_000)
    expect(stage.receivedBy('wallet')).toMatchObject([{ request: { purpose: 'cancel' } }])
  })

  it('does not count the time of the outage towards the cancel timeout', async () => {
    const { stage, look, broadcast, becomeNext, wait, see } = resumed([first], { cancelTimeout: 11_000 })
    await look.resolve(missing(20))
    await broadcast.resolve(accepted)
    becomeNext()
    see(21)
    await wait(10_000)
    expect(stage.receivedBy('wallet')).toMatchObject([{ request: { purpose: 'batch' } }])
  })
})

describe('a revived batch', () => {
  const revived = () => pending({}, { type: 'revived' })

  it('loads all attempts from the store, and restores the attempts in the wallet', async () => {
    const { stage, state, loading, look, context } = revived()
    expect(state()).toEqual({ Pending: 'Restoring' })
    expect(loading.inputs).toEqual([{ batchId: 'batch-1' }])
    await loading.resolve({ record: batchRecord({ plans: [plan] }), attempts: [first, raised] })
    expect(state()).toEqual(submitted('Broadcasting', 'Checking'))
    expect(stage.receivedBy('wallet')).toEqual([{ type: 'attempts.restored', attempts: [first, raised] }])
    expect(look.inputs).toEqual([{ hashes: [first.hash, raised.hash], nonce: 7, settledBlock: 0 }])
    expect(context()).toMatchObject({ plans: [plan], createdAt: START - 5_000, submittedAt: START - 3_000 })
  })

  it('loads again after a pause when the store fails', async () => {
    const { state, loading, wait } = revived()
    await loading.reject('disk')
    expect(state()).toEqual({ Pending: 'Pausing' })
    await wait(999)
    expect(loading.inputs).toHaveLength(1)
    await wait(1)
    expect(state()).toEqual({ Pending: 'Restoring' })
    await loading.resolve({ record: batchRecord({ plans: [plan] }), attempts: [first] })
    expect(state()).toEqual(submitted('Broadcasting', 'Checking'))
  })

  it('goes on like a resumed batch', async () => {
    const { state, loading, look, broadcast } = revived()
    await loading.resolve({ record: batchRecord({ plans: [plan] }), attempts: [first] })
    await look.resolve(missing(20))
    expect(broadcast.inputs).toEqual([{ attempt: first }])
    await broadcast.resolve(nonceTooLow)
    await look.resolve(found(first, 21, 'c'))
    expect(state()).toEqual(confirmed)
  })

  it('takes the verdicts from the included attempt, even if the cancel was included before the reorg', async () => {
    const { batch, see, loading, look, outcome } = pending({}, { type: 'revived' }, [])
    await loading.resolve({ record: batchRecord({ plans: [plan] }), attempts: [first, cancel] })
    await look.resolve(found(first, 20))
    see(20)
    expect(outcome.inputs).toEqual([{ plan, operations: [], inclusion: inclusion(first.hash, 20) }])
    await outcome.resolve({ type: 'settled', statuses: { 'op-1': finalized }, gasUsed: 1 })
    expect(batch.getSnapshot()).toMatchObject({
      value: 'Finalized',
      output: { batch: { failure: null, statuses: { 'op-1': finalized } } },
    })
  })
})
