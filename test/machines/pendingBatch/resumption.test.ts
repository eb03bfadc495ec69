import { describe, expect, it } from 'vitest'
import { first, found, landed, missing, operations, pending, raised } from '../support/batch.ts'
import { START } from '../support/stage.ts'

describe('a batch that was signed before a restart', () => {
  it('looks for any of its transactions first', () => {
    const { stage, state, look, simulation, broadcast } = pending({ confirmations: 2 }, [first, raised])
    expect(state()).toEqual({ Submitted: 'Checking' })
    expect(look.inputs).toEqual([{ hashes: [first.hash, raised.hash], nonce: 7, confirmations: 2 }])
    expect([simulation.inputs, broadcast.inputs, stage.conversation]).toEqual([[], [], []])
  })

  it('goes on from the block that it is in', async () => {
    const { batch, state, look, outcome, see, stage } = pending({}, [first, raised])
    await look.resolve(found(first, 20))
    expect(state()).toEqual({ Submitted: 'Confirming' })
    expect(stage.heardBy('opsBatcher')).toMatchObject([{ type: 'batch.placed', isIncluded: true }])
    see(20)
    await outcome.resolve({ type: 'settled', statuses: { 'op-1': landed, 'op-2': landed }, gasUsed: 1 })
    expect(batch.getSnapshot().output).toMatchObject({
      operations,
      batch: {
        txHash: first.hash,
        timing: {
          createdAt: START,
          simulationCompletedAt: START - 4_000,
          submittedAt: START - 3_000,
          resubmissionCount: 1,
        },
      },
    })
  })

  it('sends the newest of its bytes again when it is in no block', async () => {
    const { state, look, broadcast } = pending({}, [first, raised])
    await look.resolve(missing(20))
    expect(state()).toEqual({ Submitted: 'Broadcasting' })
    expect(broadcast.inputs).toEqual([{ attempt: raised }])
    await broadcast.resolve('accepted')
    expect(state()).toEqual({ Submitted: 'AwaitingInclusion' })
  })

  it('sends its bytes although its nonce seems to be consumed: one look proves nothing', async () => {
    const { state, look, broadcast, see } = pending({}, [first])
    await look.resolve(missing(20, true))
    expect(broadcast.inputs).toHaveLength(1)
    await broadcast.resolve('nonceConsumed')
    await look.resolve(missing(20, true))
    expect(state()).toEqual({ Submitted: 'AwaitingInclusion' })
    for (let number = 21; number <= 25; number += 1) see(number)
    await look.resolve(missing(25, true))
    expect(state()).toBe('Failed')
  })

  it('sends its bytes after a pause when the chain does not answer', async () => {
    const { state, look, broadcast, wait } = pending({}, [first])
    await look.reject('timeout')
    expect(state()).toEqual({ Submitted: 'AwaitingInclusion' })
    await wait(1_000)
    expect(broadcast.inputs).toEqual([{ attempt: first }])
  })

  it('remembers how often it was replaced', async () => {
    const { stage, look, broadcast, wait, see, state } = pending({ maxResubmissions: 1 }, [first, raised])
    await look.resolve(missing(20))
    await broadcast.resolve('accepted')
    see(21)
    await wait(10_000)
    expect(state()).toEqual({ Submitted: 'Broadcasting' })
    expect(stage.heardBy('wallet')).toEqual([])
  })
})
