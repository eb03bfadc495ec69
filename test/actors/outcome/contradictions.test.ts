/** Answers of a node that contradict each other are no verdict: the outcome is read again later. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ContradictionError } from '../../../src/actors/outcome/contradictions.ts'
import { readOutcome } from '../../../src/actors/readOutcome.ts'
import type { QueuedOperation } from '../../../src/domain/operation.ts'
import type { OpStatus } from '../../../src/domain/status.ts'
import { createIdleAccount } from '../../../src/load/account.ts'
import type { OutcomeInput } from '../../../src/machines/pendingBatch/context.ts'
import { versionAt } from '../../support/registry.ts'
import { forMethod } from '../../support/rpcProxy.ts'
import { pinned, runActor } from '../../support/runActor.ts'
import { NOT_FOLLOWED, startWorkshop, type Workshop } from '../support/workshop.ts'

let workshop: Workshop

beforeAll(async () => {
  workshop = await startWorkshop(21)
})

afterAll(() => workshop.stop())

interface Executed extends OutcomeInput {
  readonly operations: readonly QueuedOperation[]
}

/** A batch of two calls that both succeeded. */
async function executed(): Promise<Executed> {
  // A create that ran out of gas before is not folded.
  const operations = [
    ...(await workshop.queue([createIdleAccount(workshop.random)], { tries: 1 })),
    ...(await workshop.queue([createIdleAccount(workshop.random)], { tries: 1 })),
  ]
  const { plan } = await workshop.simulateBatch(operations)
  if (plan === null) throw new Error('no plan')
  expect(plan.calls).toHaveLength(2)
  return { plan, operations, inclusion: (await workshop.include(plan)).inclusion }
}

async function read(input: Executed): Promise<readonly (OpStatus | undefined)[]> {
  const { client, simulate, store, chain } = workshop
  const logic = readOutcome({
    endpoints: pinned(client),
    simulatorAt: () => simulate,
    store,
    version: versionAt(chain.registryAddress),
    followed: () => NOT_FOLLOWED,
  })
  const report = await runActor(logic, input)
  if (report.type !== 'settled') throw new Error(`the batch is ${report.type}`)
  return input.operations.map(({ id }) => report.statuses[id])
}

describe('contradicting evidence about an included batch', () => {
  const noBloom = `0x${'0'.repeat(512)}`

  /** Reads while the node shows a changed receipt. */
  async function readWith(
    included: Executed,
    change: (receipt: { readonly logs: readonly unknown[] }) => object,
  ): Promise<readonly (OpStatus | undefined)[]> {
    const receipt = await workshop.client.request({
      method: 'eth_getTransactionReceipt',
      params: [included.inclusion.txHash],
    })
    if (receipt === null) throw new Error('no receipt')
    const changed = { ...receipt, ...change(receipt) }
    const lift = workshop.proxy.impose(forMethod('eth_getTransactionReceipt', () => ({ result: changed })))
    return read(included).finally(lift)
  }

  it.each<[string, Parameters<typeof readWith>[1]]>([
    ['a receipt without the logs of its bloom filter', () => ({ logs: [] })],
    ['a receipt without one log of its bloom filter', ({ logs }) => ({ logs: logs.slice(1) })],
    ['a receipt without logs, and a trace with successful calls', () => ({ logs: [], logsBloom: noBloom })],
    [
      'a receipt without one log, and a trace with successful calls',
      ({ logs }) => ({ logs: logs.slice(2), logsBloom: noBloom }),
    ],
    ['a reverted receipt, and a trace of a success', () => ({ logs: [], logsBloom: noBloom, status: '0x0' })],
    ['a receipt with less gas than any transaction uses', () => ({ gasUsed: '0x1' })],
    ['a receipt without a block', () => ({ blockHash: null })],
  ])('is no verdict: %s', async (_name, change) => {
    await expect(readWith(await executed(), change)).rejects.toBeInstanceOf(ContradictionError)
  })

  it.each<[string, Parameters<typeof readWith>[1]]>([
    ['all logs', () => ({ logs: [] })],
    ['one log', ({ logs }) => ({ logs: logs.slice(2) })],
  ])(
    'is no verdict: a receipt without %s of its bloom filter, also without a trace',
    async (_name, change) => {
      const included = await executed()
      const lift = workshop.proxy.impose(
        forMethod('debug_traceTransaction', () => ({ code: -32601, message: 'no method' })),
      )
      const reading = readWith(included, change)
      await expect(reading.finally(lift)).rejects.toThrow('its receipt lacks logs')
    },
  )

  it('is no verdict: a block without the transaction', async () => {
    const included = await executed()
    const { blockNumber } = included.inclusion
    const block = await workshop.client.request({
      method: 'eth_getBlockByNumber',
      params: [`0x${blockNumber.toString(16)}`, false],
    })
    const lift = workshop.proxy.impose(
      forMethod('eth_getBlockByNumber', () => ({ result: { ...block, transactions: [] } })),
    )
    await expect(read(included).finally(lift)).rejects.toBeInstanceOf(ContradictionError)
  })

  it('fails no executed operation, also without logs, bloom filter and trace', async () => {
    const included = await executed()
    const lifts = [
      workshop.proxy.impose(forMethod('eth_getLogs', () => ({ result: [] }))),
      workshop.proxy.impose(
        forMethod('debug_traceTransaction', () => ({ code: -32601, message: 'no method' })),
      ),
    ]
    const statuses = await readWith(included, () => ({ logs: [], logsBloom: noBloom }))
    for (const lift of lifts) lift()
    const evicted = { type: 'Evicted', reason: 'BatchFull', nextNonce: null, batchLimit: 1 }
    expect(statuses).toEqual([evicted, evicted])
  })
})
