/** The opsBatcher and what a reorganisation undoes: batches that had ended, nonces that nobody stands for. */
import { describe, expect, it } from 'vitest'
import type { SettledBatch } from '../../../src/domain/recovery.ts'
import { noSettledWork, REORG_WINDOW } from '../../../src/machines/opsBatcher/settledWork.ts'
import { noVerdict } from '../../../src/machines/pendingBatch/rules.ts'
import { FAILED, ready, setting } from '../support/batcher.ts'
import { attempt, batchRecord, block, chainState, inclusion, inLane, op } from '../support/samples.ts'
import { START } from '../support/stage.ts'

type Batcher = ReturnType<typeof setting>

const riding = inLane(1, 'a', 3)
const signed = attempt(7, { batchId: 'old' })
const filler = attempt(7, { purpose: 'cancel' })

/** A batch that ended in a block. */
function ended(batchId: string, blockNumber: number, operations = [riding]): SettledBatch {
  return { batchId, inclusion: inclusion(signed.hash, blockNumber), operations }
}

const see = ({ batcher }: Batcher, number: number) =>
  batcher.send({ type: 'block.observed', head: block(number), chain: chainState() })

/** Every block from this one on is orphaned. */
const reorg = ({ batcher }: Batcher, orphanedFrom: number) =>
  batcher.send({
    type: 'chain.reorged',
    depth: 3,
    orphanedFrom,
    head: block(orphanedFrom, { branch: 'c' }),
  })

const miss = ({ batcher }: Batcher, ...nonces: readonly number[]) =>
  batcher.send({ type: 'nonces.missing', nonces })

const spoken = ({ stage }: Batcher) => stage.conversation.filter((line) => !line.startsWith('wallet'))

describe('opsBatcher whose wallet misses a nonce', () => {
  it('starts a batch without operations for it, on disk first', () => {
    const all = ready()
    miss(all, 7)
    expect(all.stage.heardBy('requestTracker')).toEqual([
      {
        type: 'record.requested',
        writes: [{ type: 'batch.opened', batchId: 'batch-1', operations: [], gasBudget: 0, at: START }],
        reply: null,
        onFailure: 'retry',
      },
    ])
    expect(all.stage.emitted).toEqual([{ type: 'wallet.healing', batchId: 'batch-1', nonce: 7, at: START }])
    expect(all.context().slots).toEqual([
      { batchId: 'batch-1', operations: [], gapNonce: 7, isIncluded: false },
    ])
    expect(all.child(0)?.getSnapshot().value).toBe('ReadyToSubmit')
    expect(all.stage.heardBy('wallet')).toMatchObject([{ nonce: 7, request: { purpose: 'cancel' } }])
  })

  it('starts one for each nonce, and none for one that has one', async () => {
    const all = ready()
    await all.send(op(1))
    miss(all, 7, 8)
    miss(all, 8, 9)
    expect(all.context().slots.map((slot) => slot?.gapNonce)).toEqual([null, 7, 8, 9])
    expect(all.stage.emittedOf('wallet.healing').map(({ nonce }) => nonce)).toEqual([7, 8, 9])
  })

  it('needs no permit for that, and starts no other batch meanwhile: it would be stuck behind', async () => {
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

  it('starts another when the first has ended and the nonce is still missing', async () => {
    const all = ready()
    miss(all, 7)
    const message = { type: 'signature.refused' } as const
    all.batcher.send({ type: 'batch.addressed', batchId: 'batch-1', message })
    expect(all.context().slots).toEqual([])
    miss(all, 7)
    expect(all.context().slots).toMatchObject([{ batchId: 'batch-2', gapNonce: 7 }])
  })

  it('knows the nonces of those that were signed before a restart', () => {
    const record = batchRecord({ id: 'old', plan: null, operations: [] })
    const all = setting([{ record, operations: [], attempts: [filler] }])
    miss(all, 7)
    expect(all.context().slots).toMatchObject([{ batchId: 'old', gapNonce: 7 }])
  })

  it('fills it while it drains, too: what it waits for may be behind it', async () => {
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
  const all = setting([{ record, operations: [riding, op(2)], attempts: [signed] }])
  await all.effects.look.resolve({
    inclusion: inclusion(signed.hash, 5),
    consumedBy: null,
    blockNumber: 5,
  })
  see(all, 5)
  return all
}

describe('opsBatcher remembering batches that have ended', () => {
  it('remembers where, and with which operations: not those that were given back', async () => {
    const all = await confirmed()
    const finalized = { type: 'Finalized', txHash: signed.hash, blockNumber: 5, gasUsed: 1 } as const
    await all.effects.outcome.resolve({ type: 'settled', statuses: { 'op-1': finalized }, gasUsed: 1 })
    expect(all.context().slots).toEqual([])
    expect(all.context().settled.batches).toEqual([ended('old', 5)])
    expect(all.stage.heardBy('nonceTracker')).toMatchObject([
      { type: 'operations.left', operations: [riding, op(2)], statuses: { 'op-1': finalized } },
    ])
  })

  it('does not remember what ended in no block', async () => {
    const all = ready()
    await all.send(op(1))
    await all.end(0)
    expect(all.context().settled.batches).toEqual([])
  })

  it('forgets them with the blocks that no reorganisation can reach', () => {
    const all = setting([], {}, { batches: [ended('a', 5), ended('b', 6)] })
    see(all, 5 + REORG_WINDOW - 1)
    expect(all.context().settled.batches).toHaveLength(2)
    see(all, 5 + REORG_WINDOW)
    expect(all.context().settled.batches).toEqual([ended('b', 6)])
    see(all, 6 + REORG_WINDOW)
    expect(all.context().settled.batches).toEqual([])
  })

  it('is bounded by that, however many batches end', () => {
    const blocks = Array.from({ length: 1_000 }, (_, number) => ended(`b-${number}`, number))
    const all = setting([], {}, { batches: blocks })
    see(all, 1_000)
    expect(all.context().settled.batches).toHaveLength(REORG_WINDOW - 1)
  })
})

describe('trap 6: opsBatcher whose operations ended at simulation, by what a lost block said', () => {
  const evidenceBlock = { blockNumber: 5, blockHash: block(5).hash }

  it('remembers those that ended, and no others', async () => {
    const all = ready()
    await all.send(op(1), op(2))
    const operations = [op(1), op(2)]
    const statuses = { 'op-1': FAILED, 'op-2': noVerdict }
    const dropped = { operations, statuses, evidenceBlock: { 'op-1': evidenceBlock } }
    all.batcher.send({ type: 'batch.trimmed', batchId: 'batch-1', ...dropped })
    expect(all.context().settled.operations).toEqual([{ operation: op(1), evidenceBlock }])
  })

  it('tells the nonceTracker, and takes no slot', () => {
    const ends = [{ operation: riding, evidenceBlock }]
    const all = setting([], {}, { operations: ends })
    reorg(all, 5)
    expect(spoken(all)).toHaveLength(1)
    expect(all.stage.heardBy('nonceTracker')).toEqual([{ type: 'operations.requeued', settled: ends }])
    expect(all.context()).toMatchObject({ slots: [], settled: noSettledWork })
  })

  it('leaves those alone that stand below, and forgets them with their blocks', () => {
    const all = setting([], {}, { operations: [{ operation: riding, evidenceBlock }] })
    reorg(all, 6)
    expect(spoken(all)).toEqual([])
    see(all, 5 + REORG_WINDOW - 1)
    expect(all.context().settled.operations).toHaveLength(1)
    see(all, 5 + REORG_WINDOW)
    expect(all.context().settled).toEqual(noSettledWork)
  })
})

describe('trap 6: opsBatcher whose ended batches lose their blocks', () => {
  it('brings them back: on disk, in their lanes, and in slots of their own', () => {
    const all = setting([], {}, { batches: [ended('old', 5)] })
    reorg(all, 5)
    expect(all.stage.heardBy('requestTracker')).toEqual([
      {
        type: 'record.requested',
        writes: [{ type: 'batch.revived', batchId: 'old', at: START }],
        reply: null,
        onFailure: 'retry',
      },
    ])
    expect(all.stage.heardBy('nonceTracker')).toEqual([{ type: 'operations.revived', operations: [riding] }])
    expect(all.stage.emitted).toEqual([
      { type: 'batch.revived', batchId: 'old', operations: 1, blockNumber: 5, at: START },
    ])
    expect(all.context().slots).toEqual([
      { batchId: 'old', operations: [riding], gapNonce: null, isIncluded: false },
    ])
    expect(all.child(0)?.getSnapshot().value).toEqual({ Pending: 'Restoring' })
    expect(all.effects.loading.inputs).toEqual([{ batchId: 'old' }])
    expect(all.context().settled.batches).toEqual([])
  })

  it('brings back those from the first orphaned block on, and no others', () => {
    const all = setting([], {}, { batches: [ended('a', 4), ended('b', 5), ended('c', 6, [])] })
    reorg(all, 5)
    expect(all.context().slots.map((slot) => slot?.batchId)).toEqual(['b', 'c'])
    expect(all.context().settled.batches).toEqual([ended('a', 4)])
  })

  it('brings none back when only blocks above them are orphaned', () => {
    const all = setting([], {}, { batches: [ended('old', 5)] })
    reorg(all, 6)
    expect(spoken(all)).toEqual([])
    expect(all.context().settled.batches).toHaveLength(1)
  })

  it('keeps their accounts to themselves while they ride again', async () => {
    const all = setting([], {}, { batches: [ended('old', 5)] })
    all.batcher.send({ type: 'chain.followed' })
    all.batcher.send({ type: 'wallet.available' })
    see(all, 5)
    reorg(all, 5)
    await all.send(inLane(2, 'a', 4))
    expect(all.throttled()).toBe('LanesBusy')
  })

  it('lets a message from the old life of the batch reach it: it is the same', async () => {
    const all = setting([], {}, { batches: [ended('old', 5)] })
    reorg(all, 5)
    await all.effects.loading.resolve({ record: batchRecord({ id: 'old' }), attempts: [signed] })
    const message = { type: 'nonce.next' } as const
    all.batcher.send({ type: 'batch.addressed', batchId: 'old', message })
    expect(all.child(0)?.getSnapshot().context.nextNonceSince).toBe(START)
  })

  it('remembers their new end, and revives them again', async () => {
    const all = setting([], {}, { batches: [ended('old', 5)] })
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
      { batchId: 'old', inclusion: inclusion(signed.hash, 6, 'c'), operations: [riding] },
    ])
    reorg(all, 6)
    expect(all.stage.emittedOf('batch.revived')).toHaveLength(2)
  })

  it('brings them back while it drains, and waits for them', async () => {
    const all = setting([], {}, { batches: [ended('old', 5)] })
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
