/** What the end of a batch, and a refusal of a pool, change for the next batch. */
import { describe, expect, it } from 'vitest'
import type { Hash } from '../../../src/domain/primitives.ts'
import { FAILED, ready } from '../support/batcher.ts'
import { batching, inclusion, op } from '../support/samples.ts'
import { START } from '../support/stage.ts'

type Batcher = ReturnType<typeof ready>

/** Ends the batch in slot 0. @param txHash of the included transaction; null if a foreign transaction has the nonce */
function settle({ batcher, context }: Batcher, failure: string | null, txHash: Hash | null): void {
  const slot = context().slots[0]
  if (!slot) throw new Error('no batch is in slot 0')
  const timing = { createdAt: START, simulationCompletedAt: null, submittedAt: null, finalizedAt: START }
  batcher.send({
    type: 'xstate.done.actor.slot-0',
    actorId: 'slot-0',
    output: {
      batch: {
        ...{ batchId: slot.batchId, txHash, blockNumber: null, gasUsed: 0, failure },
        statuses: Object.fromEntries(slot.operations.map(({ id }) => [id, FAILED])),
        timing: { ...timing, totalDuration: 0, resubmissionCount: 0 },
      },
      inclusion: txHash === null ? null : inclusion(txHash, 5),
      operations: slot.operations,
      measured: [],
      usage: null,
    },
  })
}

const factor = ({ context }: Batcher) => context().sizeFactor

describe('the size of the next batch', () => {
  it('is half after a cancel, and doubles with each inclusion up to the usual size', async () => {
    const all = ready()
    const ends: readonly (readonly [string | null, number])[] = [
      ['cancelled', 1 / 2],
      ['cancelled', 1 / 4],
      [null, 1 / 2],
      [null, 1],
      [null, 1],
    ]
    for (const [index, [failure, expected]] of ends.entries()) {
      await all.send(op(index))
      settle(all, failure, '0x1')
      expect(factor(all)).toBe(expected)
    }
  })

  it('stays if a foreign transaction has consumed the nonce', async () => {
    const all = ready()
    await all.send(op(1))
    settle(all, 'its nonce was consumed by a foreign transaction', null)
    expect(factor(all)).toBe(1)
  })

  it('is halved without end, but a batch has at least one operation', async () => {
    const all = ready()
    for (let index = 0; index < 20; index += 1) {
      await all.send(op(index))
      settle(all, 'cancelled', '0x1')
    }
    await all.send(op(20), op(21))
    expect(all.batches().slice(-2)).toEqual([['op-20'], ['op-21']])
  })
})

describe('the configured gas of an operation', () => {
  const gasPerOp = 8_000_000
  const config = { ...batching, adaptive: { ...batching.adaptive, gasPerOp } }

  it('sizes batches until the kind is measured, and then the measurement does', async () => {
    const all = ready(undefined, config)
    const measured = [{ kind: 'insert_authenticator', operations: 1, gas: 400_000 }] as const
    await all.send(op(1), op(2))
    expect(all.batches()).toEqual([['op-1']])
    // The batch leaves its gas to the next batch before its measurement counts.
    await all.end(0, measured)
    expect(all.batches()).toEqual([['op-1'], ['op-2']])
    await all.send(op(3), op(4), op(5))
    expect(all.batches().at(-1)).toEqual(['op-3', 'op-4', 'op-5'])
  })

  it('still counts for a kind without a measurement', async () => {
    const all = ready(undefined, config)
    await all.send(op(1))
    await all.end(0, [{ kind: 'insert_authenticator', operations: 1, gas: 400_000 }])
    const kind = 'remove_authenticator'
    await all.send(op(2, { kind }), op(3, { kind }))
    expect(all.batches().at(-1)).toEqual(['op-2'])
  })
})

describe('a batch that a pool refuses because it holds too many transactions of the wallet', () => {
  async function limited() {
    const all = ready()
    await all.send(op(1))
    all.batcher.send({ type: 'account.limited', batchId: 'batch-1' })
    await all.send(op(2))
    return all
  }

  it('stops new batches until it is included', async () => {
    const all = await limited()
    expect(all.throttled()).toBe('AccountLimited')
    all.place('batch-1', true)
    expect(all.batches()).toEqual([['op-1'], ['op-2']])
  })

  it('stops new batches although another batch is included', async () => {
    const all = ready()
    await all.send(op(1))
    await all.send(op(2))
    all.batcher.send({ type: 'account.limited', batchId: 'batch-2' })
    all.place('batch-1', true)
    await all.send(op(3))
    expect(all.throttled()).toBe('AccountLimited')
  })

  it('stops nothing once it is settled', async () => {
    const all = await limited()
    settle(all, 'its nonce was consumed by a foreign transaction', null)
    expect(all.batches()).toEqual([['op-1'], ['op-2']])
  })
})
