import { describe, expect, it } from 'vitest'
import {
  first,
  noVerdict,
  operations,
  pending,
  plan,
  planned,
  report,
  reverted,
  submitted,
} from '../support/batch.ts'
import { batching } from '../support/samples.ts'
import { START } from '../support/stage.ts'

const [one, two] = operations

describe('a planned batch', () => {
  it('is simulated at once: only the broadcast waits for the store', () => {
    const { messages, state, simulation, storedStates } = pending()
    expect(messages()).toEqual([])
    expect(storedStates()).toEqual(['Simulating'])
    expect(state()).toEqual({ Simulating: 'Running' })
    expect(simulation.inputs).toEqual([{ operations, gasCap: 16_000_000, ahead: [], gasReserve: 150_000 }])
  })

  it('records the plan and requests a signature after simulation', async () => {
    const { stage, state, simulation } = pending()
    await simulation.resolve(report({ at: START + 30 }))
    expect(state()).toBe('ReadyToSubmit')
    const common = { type: 'record.requested', reply: null, onFailure: 'retry' }
    expect(stage.receivedBy('requestTracker').slice(1)).toEqual([
      { ...common, writes: [{ type: 'batch.planned', batchId: 'batch-1', plan, at: START + 30 }] },
      {
        ...common,
        writes: [{ type: 'batch.entered', batchId: 'batch-1', state: 'ReadyToSubmit', at: START }],
      },
    ])
    expect(stage.receivedBy('wallet')).toEqual([
      {
        type: 'signature.requested',
        request: {
          purpose: 'batch',
          batchId: 'batch-1',
          plan: 0,
          to: `0x${'2'.repeat(40)}`,
          data: '0xdada',
          gasLimit: 500_000,
        },
        nonce: null,
        highest: null,
        pricing: 'market',
      },
    ])
    expect(stage.receivedBy('opsBatcher')).toEqual([])
    expect(stage.emitted).toEqual([
      {
        type: 'batch.simulated',
        batchId: 'batch-1',
        kept: 2,
        failed: 0,
        evicted: 0,
        gasLimit: 500_000,
        duration: 30,
        at: START + 30,
      },
    ])
  })

  it('removes failed operations after simulation, and goes on with the rest', async () => {
    const { stage, simulation, context, state, writes } = pending()
    const statuses = { 'op-1': reverted }
    await simulation.resolve(report({ statuses, at: START + 30 }))
    expect(state()).toBe('ReadyToSubmit')
    expect(context().operations).toEqual([two])
    expect(writes()).toMatchObject([
      { type: 'batch.trimmed', batchId: 'batch-1', statuses, at: START + 30 },
      { type: 'batch.planned' },
    ])
    expect(stage.receivedBy('opsBatcher')).toEqual([
      { type: 'batch.trimmed', batchId: 'batch-1', evidenceBlock: {}, operations: [one], statuses },
    ])
    expect(stage.emitted).toMatchObject([
      { type: 'batch.simulated', kept: 1, failed: 1, evicted: 0 },
      { type: 'operation.settled', id: 'op-1', status: reverted, at: START + 30 },
    ])
  })

  it('settles without a transaction when no operation is left', async () => {
    const { stage, batch, simulation, writes, state } = pending()
    const statuses = { 'op-1': reverted, 'op-2': noVerdict }
    const measured = [{ kind: 'insert_authenticator', operations: 1, gas: 5 }] as const
    await simulation.resolve(report({ plan: null, statuses, measured, at: START }))
    expect(state()).toBe('Finalized')
    const settled = {
      batchId: 'batch-1',
      txHash: null,
      blockNumber: null,
      gasUsed: 0,
      statuses,
      timing: {
        createdAt: START,
        simulationCompletedAt: START,
        submittedAt: null,
        finalizedAt: START,
        totalDuration: 0,
        resubmissionCount: 0,
      },
      failure: null,
    }
    expect(batch.getSnapshot().output).toEqual({
      ...{ batch: settled, inclusion: null, operations: [], measured, usage: null },
    })
    expect(writes()).toMatchObject([{ type: 'batch.trimmed' }, { type: 'batch.settled', batch: settled }])
    expect(stage.receivedBy('wallet')).toEqual([])
    expect(stage.emitted.map(({ type }) => type)).toEqual([
      'batch.simulated',
      'operation.settled',
      'operation.settled',
      'batch.finalized',
    ])
    expect(stage.emitted[0]).toMatchObject({ kept: 0, failed: 1, evicted: 1, gasLimit: 0 })
  })
})

describe('a batch whose simulation fails', () => {
  it('simulates again after a pause, and evicts no operation', async () => {
    const { stage, simulation, state, context, wait } = pending()
    await simulation.reject('timeout')
    expect(state()).toEqual({ Simulating: 'Pausing' })
    await wait(999)
    expect(state()).toEqual({ Simulating: 'Pausing' })
    await wait(1)
    expect(state()).toEqual({ Simulating: 'Running' })
    await simulation.resolve(report())
    expect(state()).toBe('ReadyToSubmit')
    expect(context().failure).toBeNull()
    expect(stage.receivedBy('opsBatcher')).toEqual([])
  })

  it('repeats the simulation for the length of an outage, and evicts no operation', async () => {
    const { stage, simulation, state, wait, writes } = pending()
    for (let round = 1; round <= 50; round += 1) {
      await simulation.reject('timeout')
      expect(state()).toEqual({ Simulating: 'Pausing' })
      await wait(1_000)
    }
    expect(state()).toEqual({ Simulating: 'Running' })
    expect(writes()).toEqual([])
    expect(stage.emitted.map(({ type }) => type)).toEqual(['failure.persisted'])
    expect(stage.receivedBy('wallet')).toEqual([])
  })
})

describe('a batch that waits for its signature', () => {
  it('has no time limit before the deadline of its operations', async () => {
    const { stage, state, see, wait, broadcast } = await planned()
    for (let number = 1; number <= 20; number += 1) see(number)
    await wait(batching.operationDeadline)
    expect(state()).toBe('ReadyToSubmit')
    expect(broadcast.inputs).toEqual([])
    expect(stage.messages).toEqual([])
  })

  it('broadcasts the signed attempt', async () => {
    const { sign, state, broadcast, context } = await planned()
    sign(first)
    expect(state()).toEqual(submitted('Broadcasting', 'Watching'))
    expect(broadcast.inputs).toEqual([{ attempt: first }])
    expect(context().attempts).toEqual([first])
  })
})
