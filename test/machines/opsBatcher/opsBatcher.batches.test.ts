/** The opsBatcher as the parent of batches. */
import { describe, expect, it } from 'vitest'
import type { OpStatus } from '../../../src/domain/status.ts'
import { marginalGas } from '../../../src/policy/gasModel.ts'
import { confirmed, submitted } from '../support/batch.ts'
import { FAILED, ready, setting } from '../support/batcher.ts'
import { attempt, batchRecord, block, chainState, inclusion, inLane, op } from '../support/samples.ts'
import { START } from '../support/stage.ts'

const evicted: OpStatus = { type: 'Evicted', reason: 'BatchFull', nextNonce: null }

/** A batch signed before a restart. */
function resumable(number: number) {
  const id = `old-${number}`
  const signed = attempt(number, { batchId: id })
  const operations = [inLane(number, `leaf-${number}`, 3)]
  return { record: batchRecord({ id }), operations, attempts: [signed] }
}

describe('opsBatcher starting a batch', () => {
  it('records the batch before the simulation, and emits an event', async () => {
    const { stage, batcher, send, child, effects } = ready()
    await send(op(1), op(2))
    const at = START + 100
    expect(stage.receivedBy('requestTracker').slice(0, 1)).toEqual([
      {
        type: 'record.requested',
        writes: [
          {
            type: 'batch.opened',
            batchId: 'batch-1',
            operations: ['op-1', 'op-2'],
            gasBudget: 15_240_000,
            at,
          },
        ],
        reply: null,
        onFailure: 'retry',
      },
    ])
    expect(stage.emitted).toEqual([
      {
        type: 'batch.spawned',
        batchId: 'batch-1',
        slot: 0,
        operations: ['op-1', 'op-2'],
        gasBudget: 15_240_000,
        at,
      },
    ])
    expect(child(0)?.getSnapshot().value).toEqual({ Simulating: 'Running' })
    expect(effects.simulation.inputs).toEqual([
      { operations: [op(1), op(2)], gasCap: 15_240_000, ahead: [], gasReserve: 150_000 },
    ])
    expect(batcher.getSnapshot().context).toMatchObject({ queue: { size: 0 }, batchNumber: 1 })
  })

  it('reuses the slot and the child id of a settled batch', async () => {
    const { stage, batcher, send, end, child } = ready()
    await send(op(1))
    await send(op(2))
    const former = child(0)
    await end(0)
    expect(child(0)).toBeUndefined()
    await send(op(3))
    expect(stage.emittedOf('batch.spawned').map(({ slot }) => slot)).toEqual([0, 1, 0])
    expect(child(0)).not.toBe(former)
    await end(1)
    await end(0)
    expect(batcher.getSnapshot().children).toEqual({})
  })
})

describe('opsBatcher and the messages to its batches', () => {
  it('forwards a message to the addressed batch', async () => {
    const { stage, batcher, send, child } = ready()
    await send(op(1))
    await send(op(2))
    batcher.send({ type: 'batch.addressed', batchId: 'batch-2', message: { type: 'nonce.next' } })
    expect(child(0)?.getSnapshot().context.nextNonceSince).toBeNull()
    expect(child(1)?.getSnapshot().context.nextNonceSince).toBe(stage.now())
  })

  it('drops a message to a settled batch instead of forwarding it to the next batch of the slot', async () => {
    const { batcher, send, end, child } = ready()
    await send(op(1))
    await end(0)
    await send(op(2))
    batcher.send({
      type: 'batch.addressed',
      batchId: 'batch-1',
      message: { type: 'nonce.next' },
    })
    expect(child(0)?.getSnapshot()).toMatchObject({
      context: { batchId: 'batch-2', nextNonceSince: null },
    })
  })

  it('forwards blocks and ticks to every batch, also when slots are free', async () => {
    const { stage, batcher, send, end, effects, tick, child } = ready()
    await send(op(1))
    await send(op(2))
    await end(0)
    batcher.send({ type: 'block.observed', head: block(42), chain: chainState() })
    expect(child(1)?.getSnapshot().context.headNumber).toBe(42)
    await effects.simulation.reject('timeout')
    await stage.advance(1_000)
    tick()
    expect(child(1)?.getSnapshot().value).toEqual({ Simulating: 'Running' })
  })

  it('forwards a reorg to every batch', async () => {
    const { batcher, effects, child } = setting([resumable(1)])
    await effects.look.resolve({
      inclusion: inclusion(attempt(1).hash, 5),
      consumedBy: null,
      blockNumber: 5,
    })
    expect(child(0)?.getSnapshot().value).toEqual(confirmed)
    batcher.send({
      type: 'chain.reorged',
      depth: 1,
      orphanedFrom: 5,
      head: block(5, { branch: 'c' }),
    })
    expect(child(0)?.getSnapshot().value).toEqual(submitted('Broadcasting', 'Checking'))
  })

  it('ignores messages about an unknown batch', () => {
    const { stage, batcher, place, context } = setting([resumable(1)])
    place('unheard of', true)
    batcher.send({
      type: 'batch.trimmed',
      batchId: 'unheard of',
      operations: [op(1)],
      statuses: {},
      evidenceBlock: {},
    })
    expect(context().slots).toMatchObject([{ batchId: 'old-1', isIncluded: false }])
    expect(stage.receivedBy('nonceTracker')).toEqual([])
  })
})

describe('opsBatcher and operations that leave a batch', () => {
  it('reports operations that leave at simulation at once, and frees the lanes', async () => {
    const { stage, send, effects, batches, context } = ready()
    const [dropped, kept] = [inLane(1, 'a', 3), inLane(2, 'b', 7)]
    await send(dropped, kept)
    const [plan = null] = batchRecord().plans
    const statuses = { [dropped.id]: FAILED }
    await effects.simulation.resolve({
      plan,
      statuses,
      evidenceBlock: {},
      measured: [],
      extraReserve: 0,
      at: stage.now(),
    })
    expect(stage.receivedBy('nonceTracker')).toEqual([
      { type: 'operations.left', operations: [dropped], statuses },
    ])
    expect(context().slots).toMatchObject([
      { batchId: 'batch-1', operations: [kept], gapNonce: null, isIncluded: false },
    ])
    await send(inLane(3, 'a', 3), inLane(4, 'b', 8))
    expect(batches().at(-1)).toEqual(['op-3'])
  })

  it('reports each operation once, at simulation or when the batch is settled', async () => {
    const { stage, send, end } = ready()
    await send(op(1), op(2))
    await end(0, [], evicted)
    expect(stage.receivedBy('nonceTracker')).toEqual([
      {
        type: 'operations.left',
        operations: [op(1), op(2)],
        statuses: { 'op-1': evicted, 'op-2': evicted },
      },
      {
        type: 'operations.left',
        operations: [],
        statuses: { 'op-1': evicted, 'op-2': evicted },
      },
    ])
  })

  it('keeps the operations of a batch while the simulation gets no answer', async () => {
    const { stage, send, effects, tick, context } = ready()
    await send(inLane(1, 'a', 3))
    for (let round = 1; round <= 50; round += 1) {
      await effects.simulation.reject('timeout')
      await stage.advance(1_000)
      tick()
    }
    expect(stage.receivedBy('nonceTracker')).toEqual([])
    expect(context().slots[0]?.operations).toEqual([inLane(1, 'a', 3)])
  })

  it('learns the gas of each kind from settled batches', async () => {
    const { send, end, context } = ready()
    const before = marginalGas(context().model, 'insert_authenticator', false)
    await send(op(1))
    await end(0, [{ kind: 'insert_authenticator', operations: 10, gas: 10 * before }])
    expect(marginalGas(context().model, 'insert_authenticator', false)).toBeLessThan(before)
    expect(marginalGas(context().model, 'recover_account', false)).toBe(before)
  })
})

describe('opsBatcher after a restart', () => {
  it('resumes every signed batch, even with more batches than permits', async () => {
    const { stage, batcher, child, effects, context, send, end, place, batches } = setting(
      [1, 2, 3].map((number) => resumable(number)),
    )
    expect(effects.look.inputs.map(({ nonce }) => nonce)).toEqual([1, 2, 3])
    expect(child(2)?.getSnapshot()).toMatchObject({
      value: submitted('Broadcasting', 'Checking'),
      context: { batchId: 'old-3', gasCap: 3_000_000, createdAt: START - 5_000 },
    })
    expect(context().resumable).toEqual([])
    expect(stage.messages.filter((message) => !message.startsWith('requestTracker'))).toEqual([])
    batcher.send({ type: 'chain.followed' })
    batcher.send({ type: 'block.observed', head: block(1), chain: chainState() })
    batcher.send({ type: 'wallet.available' })
    await send(op(9), inLane(10, 'leaf-1', 4))
    place('old-1', true)
    expect(batches()).toEqual([])
    place('old-2', true)
    expect(batches()).toEqual([['op-9']])
    expect(stage.emittedOf('batch.spawned')).toMatchObject([{ slot: 3 }])
    await end(3)
    expect(context().slots).toHaveLength(3)
  })
})

describe('opsBatcher with a batch that crashes', () => {
  it('crashes with the error of the batch, and the gateway restarts all actors', async () => {
    const defect = new Error('a defect')
    const { stage, batcher, effects, send } = setting([], {
      applySimulation: () => {
        throw defect
      },
    })
    batcher.send({ type: 'chain.followed' })
    batcher.send({ type: 'block.observed', head: block(1), chain: chainState() })
    batcher.send({ type: 'wallet.available' })
    await send(op(1))
    const answer = effects.simulation.resolve({
      plan: null,
      statuses: {},
      evidenceBlock: {},
      measured: [],
      extraReserve: 0,
      at: START,
    })
    await expect(answer).rejects.toBe(defect)
    expect(batcher.getSnapshot().status).toBe('error')
    expect(stage.receivedBy('gateway')).toMatchObject([{ error: defect }])
  })
})
