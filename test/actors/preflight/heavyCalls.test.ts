/** Pre-flight with endpoints that hang, fail, or refuse heavy calls. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createPreflight, type PreflightReport } from '../../../src/actors/preflight/preflight.ts'
import { createSimulators } from '../../../src/actors/simulation/simulator.ts'
import { createIdleAccount } from '../../../src/load/account.ts'
import type { CreateAccountOp } from '../../../src/registry/worldId/operations.ts'
import { connectEndpoints, type Endpoints } from '../../../src/rpc/endpoints.ts'
import { versionAt } from '../../support/registry.ts'
import { type RpcCall, type RpcProxy, startRpcProxy } from '../../support/rpcProxy.ts'
import { carries, isTrial, startWorkshop, type Workshop } from '../support/workshop.ts'

let workshop: Workshop
let first: RpcProxy
let second: RpcProxy
let endpoints: Endpoints

beforeAll(async () => {
  workshop = await startWorkshop(31)
})

afterAll(() => workshop.stop())

beforeEach(async () => {
  ;[first, second] = [await startRpcProxy(workshop.chain.rpcUrl), await startRpcProxy(workshop.chain.rpcUrl)]
})

afterEach(async () => {
  endpoints.close()
  await Promise.all([first.close(), second.close()])
})

type Check = (operation: CreateAccountOp) => Promise<PreflightReport>

async function preflightThrough(...proxies: readonly RpcProxy[]): Promise<Check> {
  const { chain, store } = workshop
  const rpcUrls = proxies.map(({ url }) => url)
  const config = { rpcUrls, rpcTimeout: 120_000, simulationTimeout: 120_000, rpcConcurrency: 32 }
  endpoints = await connectEndpoints(config, () => {}, Date.now)
  const preflight = createPreflight({
    pin: (isAvoided) => endpoints.pin(isAvoided),
    longest: 8_000,
    futureNonces: 'queue',
    simulatorAt: createSimulators(chain.multicallAddress),
    store,
    version: versionAt(chain.registryAddress),
    domain: () => workshop.signing.domain,
    predecessors: () => [],
  })
  return (operation) => preflight(operation, null)
}

const create = () => createIdleAccount(workshop.random)
const isOf =
  ({ offchainSignerCommitment }: CreateAccountOp) =>
  (call: RpcCall) =>
    isTrial(call) && carries(call, offchainSignerCommitment)
const passed = { chainNonce: null }

describe('an endpoint that does not answer', () => {
  it('delays no submission for long: the next endpoint is asked as well', async () => {
    first.hold('eth_call', 'request')
    const check = await preflightThrough(first, second)
    expect(await Promise.all([check(create()), check(create())])).toEqual([passed, passed])
    expect(first.seen.filter(isTrial)).not.toEqual([])
    expect(second.seen.filter(isTrial)).not.toEqual([])
  })

  it('may still be the first with a result', async () => {
    const hold = first.hold('eth_call', 'request')
    second.hold('eth_call', 'request')
    const check = await preflightThrough(first, second)
    const result = check(create())
    await hold.reached
    hold.release()
    expect(await result).toEqual(passed)
  })
})

describe('an answer that is no result of the simulation', () => {
  const answers = [
    ['an internal error', { code: -32603, message: 'Internal error' }],
    ['an internal error with HTTP 500', { code: -32603, message: 'Internal error', status: 500 }],
    ['no data', { result: '0x' }],
    ['truncated data', { result: `0x${'0'.repeat(62)}20${'0'.repeat(62)}` }],
    ['null', { result: null }],
    ['a missing method', { code: -32601, message: 'the method eth_call does not exist' }],
    ['HTML', { status: 200, body: '<html></html>' }],
    ['HTTP 504', { status: 504 }],
  ] as const

  it.each(answers)('is 503 with Retry-After, never 500 or 400: %s', async (_name, answer) => {
    first.impose((call) => (isTrial(call) ? answer : call))
    const check = await preflightThrough(first)
    const refusal = check(create())
    await expect(refusal).rejects.toMatchObject({ name: 'UnavailableError', http: 503 })
    await expect(refusal).rejects.toMatchObject({ retryAfter: expect.any(Number) })
  })

  it.each(answers)('is repeated on the next endpoint: %s', async (_name, answer) => {
    first.impose((call) => (isTrial(call) ? answer : call))
    const check = await preflightThrough(first, second)
    expect(await check(create())).toEqual(passed)
  })
})

describe('a submission that is too heavy', () => {
  const heavy = [
    ['a time limit', { code: -32000, message: 'execution aborted (timeout = 5s)' }],
    ['a gas limit', { code: -32000, message: 'out of gas: gas required exceeds: 50000000' }],
    ['a size limit', { status: 413 }],
  ] as const

  it.each(heavy)('is refused for %s, and the others of its group are admitted', async (_name, answer) => {
    const check = await preflightThrough(first)
    const target = create()
    first.impose((call) => (isOf(target)(call) ? answer : call))
    const others = Array.from({ length: 6 }, () => check(create()))
    const refusal = check(target)
    await expect(refusal).rejects.toMatchObject({
      code: 'bad_request',
      message: 'the operation is too heavy: its simulation exceeds the limits of the RPC endpoint',
    })
    expect(await Promise.all(others)).toEqual(others.map(() => passed))
  })

  it('is admitted by an endpoint with higher limits', async () => {
    const check = await preflightThrough(first, second)
    const target = create()
    first.impose((call) => (isOf(target)(call) ? heavy[1][1] : call))
    expect(await check(target)).toEqual(passed)
  })

  it('does not delay the others of its group when the endpoint is silent about it', async () => {
    const check = await preflightThrough(first)
    const target = create()
    const hold = first.hold('eth_call', 'request', isOf(target))
    const others = Array.from({ length: 3 }, () => check(create()))
    const late = check(target)
    expect(await Promise.all(others)).toEqual(others.map(() => passed))
    hold.release()
    expect(await late).toEqual(passed)
  })
})
