/** Simulates batches behind our batches in flight on a real chain: the gas of creates depends on the creates ahead. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { BatchPlan } from '../../src/domain/batch.ts'
import type { QueuedOperation } from '../../src/domain/operation.ts'
import type { Hex } from '../../src/domain/primitives.ts'
import type { SimulationReport } from '../../src/machines/pendingBatch/context.ts'
import { expectedGas } from '../../src/policy/gasLimit.ts'
import type { ChainClient } from '../../src/rpc/chainClient.ts'
import type { RpcCall } from '../support/rpcProxy.ts'
import { idsOf, planned } from './support/simulatedBatches.ts'
import { type Supplies, supplyOperations } from './support/supplies.ts'
import { clientOf, isTrial, startWorkshop, type Workshop } from './support/workshop.ts'

/** The next leaf after these accounts is 34, and a few creates there open few subtrees. */
const SEEDED = 33
/** Creates ahead, in two batches: the next leaf is then 64, which opens six subtrees. */
const AHEAD = [17, 13] as const
/** Far less gas than one new node of the tree. */
const NARROW = 2_000

let workshop: Workshop
let supplies: Supplies
let snapshot: Hex
let lift: () => void
/** A new client for each test: what an endpoint supports is remembered. */
let endpoint: ChainClient

beforeAll(async () => {
  workshop = await startWorkshop(21)
  supplies = await supplyOperations(workshop, SEEDED)
  snapshot = await workshop.chain.client.snapshot()
})

beforeEach(async () => {
  lift = () => {}
  endpoint = clientOf(workshop.proxy)
  await workshop.chain.client.revert({ id: snapshot })
  snapshot = await workshop.chain.client.snapshot()
})

afterEach(() => lift())

afterAll(() => workshop.stop())

const creates = (count: number) => workshop.queue(supplies.creates(count))

function planOf({ plan }: SimulationReport): BatchPlan {
  if (plan === null) throw new Error('nothing to send')
  return plan
}

const simulate = (operations: readonly QueuedOperation[], ahead: readonly (readonly QueuedOperation[])[]) =>
  workshop.simulateBatch(operations, { ahead, gasReserve: NARROW, endpoint })

/** Two planned batches of creates that no block includes yet. */
async function twoInFlight() {
  const batches = [await creates(AHEAD[0]), await creates(AHEAD[1])] as const
  const first = planOf(await simulate(batches[0], []))
  const second = planOf(await simulate(batches[1], [batches[0]]))
  return { batches, plans: [first, second] }
}

/** Includes plans in order. @returns the gas of the last transaction, and its number of created accounts */
async function include(plans: readonly BatchPlan[]) {
  let last = { used: 0, created: 0 }
  for (const plan of plans) {
    const { receipt } = await workshop.include(plan)
    // Each account leaves a log of its own, and a fold also leaves one log of the root.
    last = { used: Number(receipt.gasUsed), created: Math.max(0, receipt.logs.length - 1) }
  }
  return last
}

const methodsSince = (from: number) => workshop.proxy.seen.slice(from).map(({ method }) => method)

/** A node that refuses the calls of several batches together. */
const refuseLarge = (call: RpcCall) =>
  JSON.stringify(call).length > 12_000 ? { code: -32000, message: 'gas required exceeds allowance' } : call

/** The gas limit of the block in an `eth_simulateV1`; 0 for other calls. */
const simulatedGas = ({ method, params }: RpcCall) =>
  method === 'eth_simulateV1' ? Number(Object(params[0]).blockStateCalls[0].blockOverrides.gasLimit) : 0

/** The call with less gas in the simulated block, and with less gas for each transaction. */
function withBlockGas(call: RpcCall, gas: number): RpcCall {
  if (call.method !== 'eth_simulateV1') return call
  const [block] = Object(call.params[0]).blockStateCalls
  const calls = block.calls.map((each: object) => ({ gas: `0x${Math.floor(gas / 4).toString(16)}`, ...each }))
  return { ...call, params: [{ blockStateCalls: [{ ...block, calls }] }, ...call.params.slice(1)] }
}

describe('creates behind two batches that no block includes yet', () => {
  it('get the gas limit of their position in the tree, and all succeed', async () => {
    const { batches, plans } = await twoInFlight()
    const report = await simulate(await creates(5), batches)
    const plan = planOf(report)
    expect(report).toMatchObject({ statuses: {}, extraReserve: 0 })
    const { used, created } = await include([...plans, plan])
    expect(created).toBe(5)
    const expected = expectedGas(plan.calls, plan.callData)
    expect(used).toBeLessThanOrEqual(expected)
    expect(expected - used).toBeLessThan(13_000)
  })

  it('run out of gas if they are simulated alone: the same limit is too low behind the others', async () => {
    const { plans } = await twoInFlight()
    const plan = planOf(await simulate(await creates(5), []))
    expect((await include([...plans, plan])).created).toBe(0)
  })

  it('succeed with an extra reserve at a node without eth_simulateV1: one call simulates all', async () => {
    lift = workshop.proxy.impose((call) =>
      call.method === 'eth_simulateV1' ? { code: -32601, message: 'method not found' } : call,
    )
    const { batches, plans } = await twoInFlight()
    const report = await simulate(await creates(5), batches)
    expect(report.extraReserve).toBe(200_000)
    const { used, created } = await include([...plans, planOf(report)])
    expect(created).toBe(5)
    const { calls, callData } = planOf(report)
    // The slots that the batches share are warm in one call, and cold in a transaction.
    expect(used - expectedGas(calls, callData)).toBeGreaterThan(100_000)
    expect(used - expectedGas(calls, callData)).toBeLessThan(200_000)
  })

  it('succeed with a greater extra reserve at a node that refuses the calls of several batches', async () => {
    const { batches, plans } = await twoInFlight()
    lift = workshop.proxy.impose((call) =>
      JSON.stringify(call).length > 12_000
        ? { code: -32000, message: 'gas required exceeds allowance' }
        : call,
    )
    const report = await simulate(await creates(5), batches)
    expect(report).toMatchObject({ statuses: {}, extraReserve: 400_000 })
    lift()
    expect((await include([...plans, planOf(report)])).created).toBe(5)
  })

  it('are exact behind more gas than a block has', async () => {
    expect(
      await simulate(await creates(2), [
        await creates(150),
        await creates(150),
        await creates(150),
        await creates(150),
      ]),
    ).toMatchObject({ extraReserve: 0 })
  })

  it('are measured alone if the calls ahead exceed the gas that the node allows', async () => {
    lift = workshop.proxy.impose((call) =>
      simulatedGas(call) > 50_000_000 ? { code: -32000, message: 'the gas limit is too high' } : call,
    )
    const { batches, plans } = await twoInFlight()
    // The first refusal has shown what the node allows.
    const plan = planOf(await simulate(await creates(5), batches))
    expect(plan.gasLimit / expectedGas(plan.calls, plan.callData)).toBeLessThan(1.07)
    const from = workshop.proxy.seen.length
    const report = await simulate(await creates(2), [await creates(320)])
    expect(report).toMatchObject({ statuses: {}, extraReserve: 400_000 })
    expect(methodsSince(from)).not.toContain('eth_simulateV1')
    expect((await include([...plans, plan])).created).toBe(5)
  })

  it('are measured alone after a node had too little gas for the calls ahead', async () => {
    const many = [await creates(150), await creates(150), await creates(150)]
    lift = workshop.proxy.impose((call) => withBlockGas(call, 40_000_000))
    const first = await simulate(await creates(2), many)
    lift()
    const from = workshop.proxy.seen.length
    const second = await simulate(await creates(2), many)
    expect([first, second]).toMatchObject([{ statuses: {} }, { statuses: {}, extraReserve: 400_000 }])
    expect(methodsSince(from)).not.toContain('eth_simulateV1')
  })

  it('stay in the batch if only the extra reserve does not fit', async () => {
    lift = workshop.proxy.impose(refuseLarge)
    const { batches } = await twoInFlight()
    const own = await creates(20)
    const options = { ahead: batches, gasReserve: NARROW, endpoint }
    const wide = planOf(await workshop.simulateBatch(own, options))
    const gasCap = wide.gasLimit - 200_000
    const report = await workshop.simulateBatch(own, { ...options, gasCap })
    expect(report).toMatchObject({ statuses: {}, plan: { gasLimit: gasCap } })
    const scarce = await workshop.simulateBatch(own, { ...options, gasCap: wide.gasLimit - 300_000 })
    expect(Object.keys(scarce.statuses)).not.toEqual([])
  })

  it('are measured alone while the endpoint does not answer larger simulations', async () => {
    const { batches } = await twoInFlight()
    const own = await creates(2)
    lift = workshop.proxy.impose((call) =>
      JSON.stringify(call).length > 12_000
        ? { code: -32000, message: 'execution aborted (timeout = 5s)', status: 503 }
        : call,
    )
    await expect(simulate(own, batches)).rejects.toThrow()
    const report = await simulate(own, batches)
    expect(report).toMatchObject({ statuses: {}, extraReserve: 400_000 })
    expect(planned(report).flat()).toEqual(idsOf(own))
  })
})

describe('an endpoint that does not serve eth_simulateV1', () => {
  it.each([
    ['by a JSON-RPC error', { code: -32601, message: 'method not found' }],
    ['by an HTTP status', { code: -32000, message: 'not allowed', status: 403 }],
  ])('%s is asked once, and simulates in one call', async (_, refusal) => {
    lift = workshop.proxy.impose((call) => (call.method === 'eth_simulateV1' ? refusal : call))
    const { batches } = await twoInFlight()
    const from = workshop.proxy.seen.length
    expect(await simulate(await creates(2), batches)).toMatchObject({ statuses: {}, extraReserve: 200_000 })
    expect(methodsSince(from)).not.toContain('eth_simulateV1')
  })

  it('is not assumed if the endpoint does not answer: the simulation is repeated', async () => {
    const { batches } = await twoInFlight()
    const own = await creates(2)
    lift = workshop.proxy.impose((call) =>
      call.method === 'eth_simulateV1' ? { code: -32000, message: 'try later', status: 503 } : call,
    )
    await expect(simulate(own, batches)).rejects.toThrow(/503/)
    lift()
    await simulate(own, batches)
    expect(await simulate(own, batches)).toMatchObject({ extraReserve: 0 })
  })
})

describe('batches of creates that are simulated at the same time', () => {
  it('end in the order in which they began, even if the first takes more calls', async () => {
    const batches = [await creates(20), await creates(2)] as const
    const ends: number[] = []
    const run = async (operations: readonly QueuedOperation[], nth: number) => {
      const report = await simulate(operations, batches.slice(0, nth))
      ends.push(nth)
      return report
    }
    const [, second] = await Promise.all(batches.map(run))
    expect(ends).toEqual([0, 1])
    expect(second).toMatchObject({ extraReserve: 0 })
  })

  it('get an extra reserve if operations have left a batch ahead meanwhile', async () => {
    const [first, second] = [await creates(20), await creates(2)]
    const options = { gasReserve: NARROW, endpoint, gasCap: 2_000_000 }
    const [ahead, behind] = await Promise.all([
      workshop.simulateBatch(first, options),
      workshop.simulateBatch(second, { ...options, ahead: [first] }),
    ])
    expect(Object.keys(ahead.statuses)).not.toEqual([])
    expect(behind).toMatchObject({ statuses: {}, extraReserve: 150_000 })
    const { calls, callData, gasLimit } = planOf(behind)
    expect(gasLimit - expectedGas(calls, callData)).toBeGreaterThan(150_000)
  })
})

describe('a batch behind a batch in flight', () => {
  it('is exact if a block has included the batch ahead meanwhile', async () => {
    const { batches, plans } = await twoInFlight()
    await include(plans)
    const report = await simulate(await creates(5), batches)
    expect(report).toMatchObject({ extraReserve: 0 })
    expect((await include([planOf(report)])).created).toBe(5)
    // The reverted calls ahead say nothing about the gas that the node allows.
    const many = [await creates(150), await creates(150), await creates(150)]
    expect(await simulate(await creates(2), many)).toMatchObject({ extraReserve: 0 })
  })

  it('loses no operation that fails only behind it', async () => {
    const [taken] = supplies.creates(1)
    if (taken === undefined) throw new Error('no create')
    const report = await simulate(await workshop.queue([taken]), [await workshop.queue([taken])])
    expect(report).toMatchObject({ statuses: {}, extraReserve: 400_000 })
    expect(report.plan).not.toBeNull()
  })

  it('simulates nothing ahead without creates of its own, or without creates ahead', async () => {
    const ahead = [await creates(3)]
    const from = workshop.proxy.seen.length
    await simulate(await workshop.queue(supplies.inserts(2)), ahead)
    await simulate(await creates(1), [await workshop.queue(supplies.inserts(2))])
    expect(methodsSince(from)).not.toContain('eth_simulateV1')
  })
})

describe('the gas limit of a fold', () => {
  const overExpected = ({ calls, callData, gasLimit }: BatchPlan) => gasLimit / expectedGas(calls, callData)

  it('is within 3.5 % of the expected gas if a simulation proves it, alone and behind another batch', async () => {
    const own = await creates(60)
    expect(overExpected(planOf(await simulate(own, [])))).toBeLessThan(1.035)
    expect(overExpected(planOf(await simulate(own, [await creates(3)])))).toBeLessThan(1.035)
  })

  it('is the safe limit if the calls fail with the tight limit', async () => {
    // A contract with more nested calls: the same gas at the outer call does not suffice for the innermost call.
    lift = workshop.proxy.impose((call) => {
      const [request, ...others] = call.params
      const gas = Number(Object(request).gas)
      if (!isTrial(call) || Number.isNaN(gas)) return call
      return {
        ...call,
        params: [{ ...Object(request), gas: `0x${Math.floor(gas * 0.98).toString(16)}` }, ...others],
      }
    })
    expect(overExpected(planOf(await simulate(await creates(60), [])))).toBeGreaterThan(1.06)
  })

  it('is the safe limit if the node refuses the proof', async () => {
    lift = workshop.proxy.impose((call) =>
      isTrial(call) && Object(call.params[0]).gas !== undefined
        ? { code: -32000, message: 'gas is not supported' }
        : call,
    )
    expect(overExpected(planOf(await simulate(await creates(60), [])))).toBeGreaterThan(1.06)
  })

  it('needs no proof for many small calls, and for a single operation', async () => {
    const from = workshop.proxy.seen.length
    await simulate(await workshop.queue(supplies.inserts(12)), [])
    await simulate(await creates(1), [])
    const proofs = workshop.proxy.seen.slice(from).filter(({ params }) => Object(params[0]).gas !== undefined)
    expect(proofs).toEqual([])
  })
})
