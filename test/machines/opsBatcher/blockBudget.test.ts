/** The gas in flight towards the next block. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decide } from '../../../src/machines/opsBatcher/dispatch.ts'
import { gasInFlight, newSlot } from '../../../src/machines/opsBatcher/slots.ts'
import { AdaptiveSizer } from '../../../src/policy/adaptiveSizer.ts'
import { weigh } from '../../../src/policy/batchWeight.ts'
import { ready } from '../support/batcher.ts'
import { batching, chainState, GWEI, op } from '../support/samples.ts'
import { START } from '../support/stage.ts'

const config = { ...batching, maxConcurrentBatches: 64, adaptive: { ...batching.adaptive, maxBatchOps: 500 } }

describe('the gas in flight of the opsBatcher', () => {
  it('is the expected gas of a batch, and then the gas limit of its transaction', async () => {
    const { send, batcher, context, place } = ready()
    await send(op(1), op(2))
    expect(gasInFlight(context().slots)).toBe(weigh([op(1), op(2)], context().model).gas)
    batcher.send({ type: 'batch.broadcast', batchId: 'batch-1', gasLimit: 1_234_567 })
    expect(gasInFlight(context().slots)).toBe(1_234_567)
    batcher.send({ type: 'batch.broadcast', batchId: 'batch-9', gasLimit: 1 })
    expect(gasInFlight(context().slots)).toBe(1_234_567)
    place('batch-1', true)
    expect(gasInFlight(context().slots)).toBe(0)
    place('batch-1', false)
    expect(gasInFlight(context().slots)).toBe(1_234_567)
  })

  it('never exceeds the gas budget of the block when a batch starts, except for a single operation', () => {
    const { context } = ready()
    const facts = fc.record({
      operations: fc.array(fc.integer({ min: 100, max: 20_000 }), { minLength: 1, maxLength: 150 }),
      gas: fc.array(fc.integer({ min: 21_000, max: 20_000_000 }), { maxLength: 4 }),
      blockGasLimit: fc.integer({ min: 400_000, max: 80_000_000 }),
      baseFee: fc.integer({ min: 0, max: 99 * GWEI }),
    })
    let started = 0
    fc.assert(
      fc.property(facts, ({ operations, gas, blockGasLimit, baseFee }) => {
        const chain = chainState({ blockGasLimit, baseFee })
        const queue = context().queue.add(operations.map((bytes, sequence) => op(sequence, { bytes })))
        const slots = gas.map((each, index) => newSlot(`b-${index}`, [op(1_000 + index)], each))
        const decision = decide({ ...context(), config, chain, queue, slots }, START)
        if (decision.type === 'wait') {
          expect(slots).not.toEqual([])
          return
        }
        started += 1
        const budget = new AdaptiveSizer(config).targetGas(chain, queue.size)
        const isAlone = slots.length === 0 && decision.operations.length === 1
        expect(decision.gas).toBe(weigh(decision.operations, context().model).gas)
        if (!isAlone)
          expect(gasInFlight(slots) + Math.max(decision.gas, decision.gasBudget)).toBeLessThanOrEqual(budget)
        if (decision.operations.length > 1) expect(decision.gasCap).toBe(decision.gasBudget)
        expect(decision.gasCap).toBeLessThanOrEqual(
          Math.min(blockGasLimit, config.adaptive.maxTransactionGas),
        )
      }),
      { numRuns: 300 },
    )
    expect(started).toBeGreaterThan(0)
  })
})
