import { describe, expect, it } from 'vitest'
import type { VerdictLevel } from '../../../src/domain/finality.ts'
import type { TransactionsChanged } from '../../../src/machines/protocol.ts'
import {
  awaiting,
  type Batch,
  cancel,
  confirmed,
  finalized,
  first,
  found,
  missing,
  reading,
  signed,
} from '../support/batch.ts'
import { accepted } from '../support/broadcasts.ts'
import { inclusion } from '../support/samples.ts'

/** A batch in `Confirming` in block 20 whose verdicts wait for a tag. */
async function confirming(finality: VerdictLevel): Promise<Batch> {
  const batch = await awaiting({ finality, confirmations: 1 })
  batch.see(20, { transactions: [first.hash] })
  await batch.look.resolve(found(first, 20))
  return batch
}

function reported({ stage }: Batch): readonly Omit<TransactionsChanged, 'type' | 'batchId'>[] {
  const changes = stage.received<TransactionsChanged>('finalityTracker', 'transactions.changed')
  return changes.map(({ hashes, inclusion: where, isSettled }) => ({ hashes, inclusion: where, isSettled }))
}

describe('a batch whose verdicts wait for a tag', () => {
  it.each(['safe', 'finalized'] as const)(
    'reads the verdicts when its block is %s, not at a depth',
    async (level) => {
      const batch = await confirming(level)
      for (let number = 21; number <= 60; number += 1) batch.see(number)
      expect(batch.state()).toEqual(confirmed)
      const tags = { safe: null, finalized: null }
      batch.tag({ ...tags, [level]: 19 })
      expect(batch.state()).toEqual(confirmed)
      batch.tag({ ...tags, [level]: 20 })
      expect(batch.state()).toEqual(reading)
    },
  )

  it('looks for the consumer of its nonce at the tag', async () => {
    const batch = await awaiting({ finality: 'safe', confirmations: 1 })
    batch.see(40)
    batch.see(41, { transactions: [first.hash] })
    expect(batch.look.inputs.at(-1)?.settledBlock).toBeLessThan(0)
    await batch.look.resolve(missing(41))
    batch.tag({ safe: 30, finalized: null })
    batch.see(42, { transactions: [first.hash] })
    expect(batch.look.inputs.at(-1)?.settledBlock).toBe(30)
  })

  it('confirms again when a reorg cuts the tag', async () => {
    const batch = await confirming('safe')
    batch.see(21)
    batch.tag({ safe: 19, finalized: null })
    batch.reorg(21)
    await batch.look.resolve(found(first, 20))
    expect(batch.state()).toEqual(confirmed)
  })
})

describe('the finalityTracker', () => {
  it('learns the accepted attempts, each change of the inclusion, and the end', async () => {
    const batch = await signed({ confirmations: 0 })
    await batch.broadcast.resolve(accepted)
    const hashes = [first.hash]
    expect(reported(batch)).toEqual([{ hashes, inclusion: null, isSettled: false }])
    batch.stage.clear()
    batch.see(20, { transactions: hashes })
    await batch.look.resolve(found(first, 20))
    batch.reorg(20)
    await batch.look.resolve(found(first, 21, 'c'))
    batch.see(21)
    await batch.outcome.resolve({
      type: 'settled',
      statuses: { 'op-1': finalized, 'op-2': finalized },
      gasUsed: 1,
    })
    expect(reported(batch)).toEqual([
      { hashes, inclusion: inclusion(first.hash, 20), isSettled: false },
      { hashes, inclusion: null, isSettled: false },
      { hashes, inclusion: inclusion(first.hash, 21, 'c'), isSettled: false },
      { hashes, inclusion: inclusion(first.hash, 21, 'c'), isSettled: true },
    ])
  })

  it('never learns of a cancel, which carries no operations', async () => {
    const batch = await awaiting({ maxResubmissions: 0, confirmations: 5 })
    batch.see(19)
    await batch.wait(10_000)
    batch.sign(cancel)
    await batch.broadcast.resolve(accepted)
    batch.stage.clear()
    batch.see(20, { transactions: [cancel.hash] })
    await batch.look.resolve(found(cancel, 20))
    expect(reported(batch)).toEqual([{ hashes: [first.hash], inclusion: null, isSettled: false }])
  })
})
