/** Batches that are too heavy for the node: real simulations through a proxy that refuses large ones. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { QueuedOperation } from '../../../src/domain/operation.ts'
import type { WorldIdOperation } from '../../../src/registry/worldId/operations.ts'
import { isUnavailable } from '../../../src/rpc/chainClient.ts'
import { callDataOf } from '../../support/accounts.ts'
import type { RpcCall } from '../../support/rpcProxy.ts'
import { evicted, idsOf, planned } from '../support/simulatedBatches.ts'
import { type Supplies, supplyOperations } from '../support/supplies.ts'
import { carries, isTrial, startWorkshop, type Workshop } from '../support/workshop.ts'

let workshop: Workshop
let supplies: Supplies
let lift: () => void = () => {}

beforeAll(async () => {
  workshop = await startWorkshop(41)
  supplies = await supplyOperations(workshop, 50)
})

afterAll(() => workshop.stop())

afterEach(() => lift())

/** Refuses simulations of more than `most` of the operations. */
function refuseAbove(most: number, operations: readonly WorldIdOperation[], refusal: Refusal): void {
  const countIn = (call: RpcCall) =>
    operations.filter((operation) => carries(call, callDataOf(operation))).length
  lift = workshop.proxy.impose((call) => (isTrial(call) && countIn(call) > most ? refusal : call))
}

type Refusal = { readonly code: number; readonly message: string } | { readonly status: number }

async function failsUnavailable(queued: readonly QueuedOperation[]): Promise<void> {
  await expect(workshop.simulateBatch(queued)).rejects.toSatisfy(isUnavailable)
}

describe('a batch whose simulation gets no answer', () => {
  it.each([
    ['the time limit of geth', { code: -32000, message: 'execution aborted (timeout = 5s)' }],
    ['the time limit of a request to geth', { code: -32002, message: 'request timed out' }],
    [
      'the time limit of Nethermind',
      { code: -32016, message: 'eth_call request was canceled due to enabled timeout.' },
    ],
    ['the time limit of Besu', { code: -32603, message: 'Timeout expired' }],
    ['HTTP 504', { status: 504 }],
    ['an internal error', { code: -32603, message: 'Internal error' }],
  ])('is halved after the second time, until it is answered: %s', async (_name, refusal) => {
    const operations = supplies.inserts(6)
    const queued = await workshop.queue(operations)
    refuseAbove(2, operations, refusal)
    await failsUnavailable(queued)
    await failsUnavailable(queued)
    await failsUnavailable(queued)
    const report = await workshop.simulateBatch(queued)
    expect(planned(report).flat()).toEqual(idsOf(queued).slice(0, 1))
    const left = idsOf(queued).slice(1)
    expect(report.statuses).toEqual(Object.fromEntries(left.map((id) => [id, evicted('BatchFull')])))
    // The next batches are larger again.
    for (const size of [2, 3]) {
      lift()
      expect(planned(await workshop.simulateBatch(queued)).flat()).toHaveLength(size)
    }
    for (let size = 0; size < 6; ) size = planned(await workshop.simulateBatch(queued)).length
  })

  it('keeps its size when the endpoint answers nothing at all', async () => {
    const queued = await workshop.queue(supplies.inserts(2))
    lift = workshop.proxy.impose((call) => (isTrial(call) ? { status: 504 } : call))
    for (let count = 0; count < 4; count += 1) await failsUnavailable(queued)
    lift()
    expect(planned(await workshop.simulateBatch(queued))).toHaveLength(2)
  })

  it('keeps its size after a single lost answer', async () => {
    const operations = supplies.inserts(2)
    const queued = await workshop.queue(operations)
    for (let count = 0; count < 2; count += 1) {
      refuseAbove(0, operations, { status: 504 })
      await failsUnavailable(queued)
      lift()
      expect(planned(await workshop.simulateBatch(queued))).toHaveLength(2)
    }
  })

  it('loses a single operation that is too heavy alone, and the others are simulated together again', async () => {
    const operations = supplies.inserts(4)
    const queued = await workshop.queue(operations)
    const [heavy] = queued
    if (heavy === undefined) throw new Error('no operation')
    refuseAbove(0, operations.slice(0, 1), { code: -32000, message: 'execution aborted (timeout = 5s)' })
    await failsUnavailable(queued)
    await failsUnavailable(queued)
    await failsUnavailable(queued)
    const report = await workshop.simulateBatch(queued)
    expect(report).toMatchObject({ plan: null })
    expect(report.statuses).toEqual({
      ...Object.fromEntries(idsOf(queued).map((id) => [id, evicted('BatchFull')])),
      [heavy.id]: evicted('Timeout'),
    })
    expect(planned(await workshop.simulateBatch(queued.slice(1)))).toHaveLength(3)
  })
})
