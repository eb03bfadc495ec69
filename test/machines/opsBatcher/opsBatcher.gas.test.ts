/** What the opsBatcher tells a new batch about gas: the batches ahead, and the learnt reserve. */
import { describe, expect, it } from 'vitest'
import type { OpStatus } from '../../../src/domain/status.ts'
import { expectedGas } from '../../../src/policy/gasLimit.ts'
import { START_RESERVE } from '../../../src/policy/gasReserve.ts'
import { plan, report } from '../support/batch.ts'
import { ready } from '../support/batcher.ts'
import { attempt, block, chainState, inclusion, op } from '../support/samples.ts'

type Batcher = ReturnType<typeof ready>

const inputs = ({ effects }: Batcher) => effects.simulation.inputs
const EXPECTED = expectedGas(plan.calls, plan.callData)

/** Sends two operations in a batch that is included and settled with some gas. */
async function settle(all: Batcher, number: number, gasUsed: number) {
  const { batcher, effects, send } = all
  await send(op(1), op(2))
  const measured = [{ kind: 'insert_authenticator', operations: 2, gas: 300_000 }] as const
  await effects.simulation.resolve(report({ measured }))
  const batchId = `batch-${number}`
  const signed = attempt(number, { batchId })
  batcher.send({
    type: 'batch.addressed',
    batchId,
    message: {
      type: 'transaction.signed',
      attempt: signed,
      market: { maxFeePerGas: 1, maxPriorityFeePerGas: 1 },
    },
  })
  await effects.broadcast.resolve({ type: 'accepted', refusals: [] })
  const transactions = [signed.hash]
  batcher.send({ type: 'block.observed', head: block(2 * number, { transactions }), chain: chainState() })
  const found = { inclusion: inclusion(signed.hash, 2 * number), consumedBy: null, blockNumber: 2 * number }
  await effects.look.resolve(found)
  for (const confirmed of [1, 2, 3]) {
    batcher.send({ type: 'block.observed', head: block(2 * number + confirmed), chain: chainState() })
  }
  const finalized: OpStatus = { type: 'Finalized', txHash: signed.hash, blockNumber: 2, gasUsed: 1 }
  await effects.outcome.resolve({
    type: 'settled',
    statuses: { 'op-1': finalized, 'op-2': finalized },
    gasUsed,
  })
}

describe('opsBatcher starting a batch behind others', () => {
  it('names the operations of the batches that no block includes yet', async () => {
    const all = ready()
    await all.send(op(1))
    await all.send(op(2), op(3))
    expect(inputs(all).map(({ ahead }) => ahead)).toEqual([[], [[op(1)]]])
  })

  it('does not name a batch that a block includes', async () => {
    const all = ready()
    await all.send(op(1))
    await all.send(op(2))
    all.place('batch-1', true)
    await all.send(op(3))
    expect(inputs(all).at(-1)?.ahead).toEqual([[op(2)]])
  })
})

describe('opsBatcher learning the gas reserve', () => {
  it('narrows the reserve after a batch that used its simulated gas, and widens it after a batch that used more', async () => {
    const all = ready()
    const reserves = () => inputs(all).map(({ gasReserve }) => gasReserve)
    await settle(all, 1, EXPECTED)
    await settle(all, 2, EXPECTED)
    await settle(all, 3, EXPECTED + 100_000)
    await all.send(op(9))
    const [first, second = 0, third = 0, fourth] = reserves()
    expect(first).toBe(START_RESERVE)
    expect(second).toBeLessThan(START_RESERVE)
    expect(third).toBeLessThan(second)
    expect(fourth).toBe(200_000)
  })
})
