/** The opsBatcher after a reorg of settled work, and with nonce gaps of the wallet. */
import { describe, expect, it } from 'vitest'
import type { SettledBatch } from '../../../src/domain/recovery.ts'
import { noSettledWork, REORG_WINDOW } from '../../../src/machines/opsBatcher/settledWork.ts'
import { noVerdict } from '../../../src/machines/pendingBatch/rules.ts'
import { FAILED, ready, setting } from '../support/batcher.ts'
import { attempt, batchRecord, block, chainState, inclusion, inLane, op } from '../support/samples.ts'
import { START } from '../support/stage.ts'

type Batcher = ReturnType<typeof setting>

const member = inLane(1, 'a', 3)
const signed = attempt(7, { batchId: 'old' })
const filler = attempt(7, { purpose: 'cancel' })

/** A batch settled in block `blockNumber`. */
function settledBatch(batchId: string, blockNumber: number, operations = [member]): SettledBatch {
  return { batchId, inclusion: inclusion(signed.hash, blockNumber), operations }
}

const see = ({ batcher }: Batcher, number: number) =>
  batcher.send({ type: 'block.observed', head: block(number), chain: chainState() })

/** Orphans every block from `orphanedFrom` on. */
const reorg = ({ batcher }: Batcher, orphanedFrom: number) =>
  batcher.send({
    type: 'chain.reorged',
    depth: 3,
    orphanedFrom,
    head: block(orphanedFrom, { branch: 'c' }),
  })

const miss = ({ batcher }: Batcher, ...nonces: readonly number[]) =>
  batcher.send({ type: 'nonces.missing', nonces })

const sentMessages = ({ stage }: Batcher) => stage.messages.filter((line) => !line.startsWith('wallet'))

describe('opsBatcher with a nonce gap of the wallet', () => {
  it('starts a batch without operations to fill the gap, on disk first', () => {
    const all = ready()
    miss(all, 7)
    expect(all.stage.receivedBy('requestTracker').slice(0, 1)).toEqual([
      {
        type: 'record.requested',
        writes: [{ type: 'batch.opened', batchId: 'batch-1', operations: [], gasBudget: 0, at: START }],
        reply: null,
        onFailure: 'retry',
      },
    ])
    expect(all.stage.emitted).toEqual([{ type: 'wallet.healing', batchId: 'batch-1', nonce: 7, at: START }])
    expect(all.context().slots).toMatchObject([
      { batchId: 'batch-1', operations: [], gas: 21_000, gapNonce: 7, isIncluded: false },
    ])
    expect(all.child(0)?.getSnapshot().value).toBe('ReadyToSubmit')
    expect(all.stage.receivedBy('wallet')).toMatchObject([{ nonce: 7, request: { purpose: 'cancel' } }])
  })

  it('starts exactly one batch for each missing nonce', async () => {
    const all = ready()
    await all.send(op(1))
    miss(all, 7, 8)
    miss(all, 8, 9)
    expect(all.context().slots.map((slot) => slot?.gapNonce)).toEqual([null, 7, 8, 9])
    expect(all.stage.emittedOf('wallet.healing').map(({ nonce }) => nonce)).toEqual([7, 8, 9])
  })

  it('fills a gap without a permit, and counts the batch against the permits', async () => {
    const all = ready()
    await all.send(op(1))
    await all.send(op(2))
    miss(all, 7)
    expect(all.context().slots).toHaveLength(3)
    all.place('batch-1', true)
    await all.send(op(3))
    expect(all.throttled()).toBe('NoPermit')
    all.place('batch-3', true)
    expect(all.batches()).toEqual([['op-1'], ['op-2'], ['op-3']])
  })

  it('starts a second batch when the first is settled and the nonce is still missing', async () => {
    const all = ready()
    miss(all, 7)
    const message = { type: 'signature.refused' } as const
    all.batcher.send({ type: 'batch.addressed', batchId: 'batch-1', message })
    expect(all.context().slots).toEqual([])
    miss(all, 7)
    expect(all.context().slots).toMatchObject([{ batchId: 'batch-2', gapNonce: 7 }])
  })

  it('knows the nonce of a batch signed before a restart', () => {
    const record = batchRecord({ id: 'old', plans: [], operations: [] })
    const all = setting([{ record, operations: [], attempts: [filler] }])
    miss(all, 7)
    expect(all.context().slots).toMatchObject([{ batchId: 'old', gapNonce: 7 }])
  })

  it('fills a gap while it drains, because a batch in flight may be stuck behind the gap', async () => {
    const all = ready()
    await all.send(op(1))
    all.batcher.send({ type: 'drain' })
    miss(all, 7)
    expect(all.context().slots).toHaveLength(2)
    await all.end(0)
    expect(all.state()).toBe('Draining')
    const message = { type: 'signature.refused' } as const
    all.batcher.send({ type: 'batch.addressed', batchId: 'batch-2', message })
    expect(all.state()).toBe('Drained')
  })
})

/** A batcher with a batch in `Reading`, found in block 5. */
async function confirmed() {
  const record = batchRecord({ id: 'old' })
  const all = setting([{ record, operations: [member, op(2)], attempts: [signed] }])
  await all.effects.look.resolve({
    inclusion: inclusion(signed.hash, 5),
    consumedBy: null,
    blockNumber: 5,
  })
  see(all, 5)
  return all
}

describe('opsBatcher remembering settled batches', () => {
  it('remembers the inclusion of a batch and the operations with a verdict, not evicted operations', async () => {
    const all = await confirmed()
    const finalized = { type: 'Finalized', txHash: signed.hash, blockNumber: 5, gasUsed: 1 } as const
    await all.effects.outcome.resolve({ type: 'settled', statuses: { 'op-1': finalized }, gasUsed: 1 })
    expect(all.context().slots).toEqual([])
    expect(all.context().settled.batches).toEqual([settledBatch('old', 5)])
    expect(all.stage.receivedBy('nonceTracker')).toMatchObject([
      { type: 'operations.left', operations: [member, op(2)], statuses: { 'op-1': finalized } },
    ])
  })

  it('does not remember a batch settled without a block', async () => {
    const all = ready()
    await all.send(op(1))
    await all.end(0)
    expect(all.context().settled.batches).toEqual([])
  })

  it('forgets a batch when the block is below the reorg window', () => {
    const all = setting([], {}, { batches: [settledBatch('a', 5), settledBatch('b', 6)] })
    see(all, 5 + REORG_WINDOW - 1)
    expect(all.context().settled.batches).toHaveLength(2)
    see(all, 5 + REORG_WINDOW)
    expect(all.context().settled.batches).toEqual([settledBatch('b', 6)])
    see(all, 6 + REORG_WINDOW)
    expect(all.context().settled.batches).toEqual([])
  })

  it('remembers no more batches than the reorg window allows', () => {
    const blocks = Array.from({ length: 1_000 }, (_, number) => settledBatch(`b-${number}`, number))
    const all = setting([], {}, { batches: blocks })
    see(all, 1_000)
    expect(all.context().settled.batches).toHaveLength(REORG_WINDOW - 1)
  })
})

describe('opsBatcher after a reorg orphans the evidence block of an operation', () => {
  const evidenceBlock = { blockNumber: 5, blockHash: block(5).hash }

  it('remembers only operations settled at simulation', async () => {
    const all = ready()
    await all.send(op(1), op(2))
    const operations = [op(1), op(2)]
    const statuses = { 'op-1': FAILED, 'op-2': noVerdict }
    const dropped = { operations, statuses, evidenceBlock: { 'op-1': evidenceBlock } }
    all.batcher.send({ type: 'batch.trimmed', batchId: 'batch-1', ...dropped })
    expect(all.context().settled.operations).toEqual([{ operation: op(1), evidenceBlock }])
  })

  it('returns the operation to the nonceTracker, and takes no slot', () => {
    const settled = [{ operation: member, evidenceBlock }]
    const all = setting([], {}, { operations: settled })
    reorg(all, 5)
    expect(sentMessages(all)).toHaveLength(1)
    expect(all.stage.receivedBy('nonceTracker')).toEqual([{ type: 'operations.requeued', settled }])
    expect(all.context()).toMatchObject({ slots: [], settled: noSettledWork })
  })

  it('keeps the verdict if the evidence block is lower, and forgets the operation below the reorg window', () => {
    const all = setting([], {}, { operations: [{ operation: member, evidenceBlock }] })
    reorg(all, 6)
    expect(sentMessages(all)).toEqual([])
    see(all, 5 + REORG_WINDOW - 1)
    expect(all.context().settled.operations).toHaveLength(1)
    see(all, 5 + REORG_WINDOW)
    expect(all.context().settled).toEqual(noSettledWork)
  })
})

describe('opsBatcher after a reorg orphans the block of a settled batch', () => {
  it('revives the batch on disk, in the lanes and in a slot', () => {
    const all = setting([], {}, { batches: [settledBatch('old', 5)] })
    reorg(all, 5)
    expect(all.stage.receivedBy('requestTracker')).toMatchObject([
      {
        type: 'record.requested',
        writes: [{ type: 'batch.revived', batchId: 'old', at: START }],
        reply: null,
        onFailure: 'retry',
      },
    ])
    expect(all.stage.receivedBy('nonceTracker')).toEqual([
      { type: 'operations.revived', operations: [member] },
    ])
    expect(all.stage.emitted).toEqual([
      { type: 'batch.revived', batchId: 'old', operations: 1, blockNumber: 5, at: START },
    ])
    expect(all.context().slots).toMatchObject([
      { batchId: 'old', operations: [member], gas: 738_216, gapNonce: null, isIncluded: false },
    ])
    expect(all.child(0)?.getSnapshot().value).toEqual({ Pending: 'Restoring' })
    expect(all.effects.loading.inputs).toEqual([{ batchId: 'old' }])
    expect(all.context().settled.batches).toEqual([])
  })

  it('revives only batches from the first orphaned block on', () => {
    const all = setting(
      [],
      {},
      { batches: [settledBatch('a', 4), settledBatch('b', 5), settledBatch('c', 6, [])] },
    )
    reorg(all, 5)
    expect(all.context().slots.map((slot) => slot?.batchId)).toEqual(['b', 'c'])
    expect(all.context().settled.batches).toEqual([settledBatch('a', 4)])
  })

  it('revives no batch when only higher blocks are orphaned', () => {
    const all = setting([], {}, { batches: [settledBatch('old', 5)] })
    reorg(all, 6)
    expect(sentMessages(all)).toEqual([])
    expect(all.context().settled.batches).toHaveLength(1)
  })

  it('keeps the lanes of a revived batch busy', async () => {
    const all = setting([], {}, { batches: [settledBatch('old', 5)] })
    all.batcher.send({ type: 'chain.followed' })
    all.batcher.send({ type: 'wallet.available' })
    see(all, 5)
    reorg(all, 5)
    await all.send(inLane(2, 'a', 4))
    expect(all.throttled()).toBe('LanesBusy')
  })

  it('forwards messages to a revived batch by the old batch id', async () => {
    const all = setting([], {}, { batches: [settledBatch('old', 5)] })
    reorg(all, 5)
    await all.effects.loading.resolve({ record: batchRecord({ id: 'old' }), attempts: [signed] })
    const message = { type: 'nonce.next' } as const
    all.batcher.send({ type: 'batch.addressed', batchId: 'old', message })
    expect(all.child(0)?.getSnapshot().context.nextNonceSince).toBe(START)
  })

  it('remembers the new block of a revived batch, and revives the batch again', async () => {
    const all = setting([], {}, { batches: [settledBatch('old', 5)] })
    reorg(all, 5)
    await all.effects.loading.resolve({ record: batchRecord({ id: 'old' }), attempts: [signed] })
    await all.effects.look.resolve({
      inclusion: inclusion(signed.hash, 6, 'c'),
      consumedBy: null,
      blockNumber: 6,
    })
    see(all, 6)
    const finalized = { type: 'Finalized', txHash: signed.hash, blockNumber: 6, gasUsed: 1 } as const
    await all.effects.outcome.resolve({ type: 'settled', statuses: { 'op-1': finalized }, gasUsed: 1 })
    expect(all.context().settled.batches).toEqual([
      { batchId: 'old', inclusion: inclusion(signed.hash, 6, 'c'), operations: [member] },
    ])
    reorg(all, 6)
    expect(all.stage.emittedOf('batch.revived')).toHaveLength(2)
  })

  it('revives a batch in Draining, and waits for the batch', async () => {
    const all = setting([], {}, { batches: [settledBatch('old', 5)] })
    all.batcher.send({ type: 'chain.followed' })
    all.batcher.send({ type: 'wallet.available' })
    see(all, 6)
    await all.send(op(9))
    all.batcher.send({ type: 'drain' })
    reorg(all, 5)
    expect(all.context().slots).toMatchObject([{ batchId: 'batch-1' }, { batchId: 'old' }])
    await all.end(0)
    expect(all.state()).toBe('Draining')
    await all.effects.loading.resolve({ record: batchRecord({ id: 'old' }), attempts: [signed] })
    await all.effects.look.resolve({
      inclusion: null,
      consumedBy: `0x${'9'.repeat(64)}`,
      blockNumber: 7,
    })
    expect(all.state()).toBe('Drained')
  })
})
