/** The simulator with nodes of different methods, and with nodes that do not answer. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createSimulator, simulateAlone, simulateTogether } from '../../../src/actors/simulation/simulator.ts'
import { encodeAggregate3 } from '../../../src/evm/multicall.ts'
import type { SimulatedCall } from '../../../src/evm/simulator.ts'
import { createIdleAccount } from '../../../src/load/account.ts'
import { transactionGasLimit } from '../../../src/policy/gasLimit.ts'
import { isUnavailable } from '../../../src/rpc/chainClient.ts'
import { callDataOf, changes, seedAccounts } from '../../support/accounts.ts'
import type { RpcCall } from '../../support/rpcProxy.ts'
import { carries, clientOf, hasOverride, isTrial, startWorkshop, type Workshop } from '../support/workshop.ts'

let workshop: Workshop
let lift: () => void = () => {}

beforeAll(async () => {
  workshop = await startWorkshop(11)
})

afterAll(() => workshop.stop())

afterEach(() => lift())

/** A new simulator, and the RPC calls of the simulator. */
function fresh() {
  const { proxy, chain } = workshop
  const from = proxy.seen.length
  const simulate = createSimulator(clientOf(proxy), chain.multicallAddress)
  return { simulate, trials: () => proxy.seen.slice(from).filter(isTrial) }
}

const creates = (count: number): readonly SimulatedCall[] =>
  Array.from({ length: count }, () => ({
    target: workshop.chain.registryAddress,
    callData: callDataOf(createIdleAccount(workshop.random)),
    isolated: false,
  }))

const TOO_MANY = { code: -32602, message: 'too many arguments, want at most 2' }

describe('a node without state overrides', () => {
  const refuse = (call: RpcCall) => (hasOverride(call) ? TOO_MANY : call)
  const ignore = (call: RpcCall) => (hasOverride(call) ? { ...call, params: call.params.slice(0, 2) } : call)

  it.each([
    ['because it refuses them', refuse],
    ['because it ignores them', ignore],
  ])('%s, is detected once, and simulates by another method', async (_, rule) => {
    const calls = creates(3)
    const expected = await fresh().simulate(calls)
    lift = workshop.proxy.impose(rule)
    const { simulate, trials } = fresh()
    const outcomes = await simulate(calls)
    expect(outcomes.map(({ success, returnData }) => ({ success, returnData }))).toEqual(
      expected.map(({ success, returnData }) => ({ success, returnData })),
    )
    // Gas differs only by the caller and by warm storage.
    for (const [index, { gasUsed }] of outcomes.entries()) {
      expect(Math.abs(gasUsed - (expected[index]?.gasUsed ?? 0))).toBeLessThan(3_000)
    }
    await simulate(calls)
    expect(trials().map(hasOverride)).toEqual([true, true, false, false, false])
  })

  it('returns results and gas of calls, isolated or in sequence, at any block', async () => {
    const { hash } = await workshop.chain.client.getBlock()
    lift = workshop.proxy.impose(refuse)
    const { simulate } = fresh()
    const [call] = creates(1)
    if (call === undefined) throw new Error('no call')
    const outcomes = await simulate([call, { ...call, isolated: true }, call])
    expect(outcomes.map(({ success }) => success)).toEqual([true, false, false])
    await workshop.chain.client.sendTransactionSync({ to: call.target, data: call.callData, gas: 2_000_000n })
    expect((await simulate([call])).map(({ success }) => success)).toEqual([false])
    expect((await simulate([call], hash)).map(({ success }) => success)).toEqual([true])
  })

  it('fails for a block missing at the node', async () => {
    await expect(fresh().simulate(creates(1), `0x${'ab'.repeat(32)}`)).rejects.toSatisfy(isUnavailable)
  })

  it('is not assumed during an outage', async () => {
    lift = workshop.proxy.impose((call) =>
      isTrial(call) ? { code: -32000, message: 'busy', status: 503 } : call,
    )
    const { simulate, trials } = fresh()
    await expect(simulate(creates(1))).rejects.toSatisfy(isUnavailable)
    lift()
    await simulate(creates(1))
    expect(trials().map(hasOverride)).toEqual([true, true])
  })

  it('is not assumed while the node refuses every call', async () => {
    lift = workshop.proxy.impose((call) => (isTrial(call) ? { code: -32603, message: 'disk is full' } : call))
    const { simulate, trials } = fresh()
    await expect(simulate(creates(1))).rejects.toThrow('disk is full')
    lift()
    const before = trials().length
    await simulate(creates(1))
    expect(trials().slice(before).map(hasOverride)).toEqual([true])
  })

  it('is not assumed when the node refuses calls with overrides', async () => {
    const [poison, ...others] = creates(3)
    lift = workshop.proxy.impose((call) =>
      carries(call, poison?.callData ?? '') ? { code: -32000, message: 'unexpected opcode' } : call,
    )
    const { simulate, trials } = fresh()
    await expect(simulate(poison === undefined ? [] : [poison])).rejects.toThrow('unexpected opcode')
    await simulate(others)
    expect(trials().map(hasOverride)).toEqual([true, true, true])
  })
})

describe('a node without state overrides and without contract-creating calls', () => {
  const isCreation = ({ method, params }: RpcCall) =>
    method === 'eth_call' && (params[0] as { readonly to?: string | null }).to == null
  const refuse = (call: RpcCall) => (hasOverride(call) || isCreation(call) ? TOO_MANY : call)

  it('is detected once, and returns results of calls in sequence and isolated', async () => {
    lift = workshop.proxy.impose(refuse)
    const { simulate, trials } = fresh()
    const [call] = creates(1)
    if (call === undefined) throw new Error('no call')
    const alone = { ...call, isolated: true }
    const outcomes = await simulate([alone, alone, call, alone, call])
    expect(outcomes.map(({ success }) => success)).toEqual([true, true, true, false, false])
    expect(outcomes.map(({ returnData }) => returnData.slice(0, 10))).toEqual(
      ['0x', '0x', '0x', '0x218170d3', '0x218170d3'].map((start) => expect.stringMatching(`^${start}`)),
    )
    const found = trials().length
    await simulate([call])
    expect(trials().slice(found).filter(hasOverride)).toEqual([])
    expect(trials().slice(found)).toHaveLength(1)
  })

  it('measures enough gas: calls sent with the measured gas succeed, also with later nonces of an account', async () => {
    const { chain, signing, include } = workshop
    const [account] = await seedAccounts(chain, { count: 1, authenticators: 1, random: signing.random })
    if (account === undefined) throw new Error('no account')
    const kinds = ['insert_authenticator', 'insert_authenticator', 'recover_account'] as const
    const inserts = changes(account, kinds, signing).map((operation) => callDataOf(operation))
    lift = workshop.proxy.impose(refuse)
    const calls = [
      ...creates(2),
      ...inserts.map((callData) => ({ target: chain.registryAddress, callData, isolated: false })),
    ]
    const outcomes = await fresh().simulate(calls)
    expect(outcomes.every(({ success }) => success)).toBe(true)
    const callData = encodeAggregate3(calls)
    const gasLimit = transactionGasLimit(
      outcomes.map(({ gasUsed: gas }) => ({ gas })),
      callData,
      30_000_000,
      { nestedCalls: 3, reserve: 150_000 },
    )
    const { receipt } = await include({ calls: [], callData, gasLimit: gasLimit ?? 0 })
    const events = receipt.logs.filter(({ address }) => address === chain.registryAddress.toLowerCase())
    const before = await fresh().simulate(calls)
    expect(before.every(({ success }) => !success)).toBe(true)
    expect(events.length).toBeGreaterThanOrEqual(calls.length)
  })
})

describe('calls refused by a node as a whole', () => {
  it('are distinguished from a node without any answers', async () => {
    const [poison, ...others] = creates(3)
    const all = poison === undefined ? [] : [...others, poison]
    lift = workshop.proxy.impose((call) =>
      carries(call, poison?.callData ?? '') ? { code: -32603, message: 'EVM error' } : call,
    )
    expect(await simulateTogether(fresh().simulate, all)).toBeNull()
    expect(await simulateTogether(fresh().simulate, others)).toHaveLength(2)
    lift()
    lift = workshop.proxy.impose((call) => (isTrial(call) ? { code: -32603, message: 'EVM error' } : call))
    await expect(simulateTogether(fresh().simulate, others)).rejects.toThrow('EVM error')
  })

  it('are bisected when simulated independently', async () => {
    const calls = creates(50)
    const poisons = [3, 44].map((index) => calls[index]?.callData ?? '0x')
    lift = workshop.proxy.impose((call) =>
      poisons.some((poison) => carries(call, poison)) ? { code: -32603, message: 'EVM error' } : call,
    )
    const outcomes = await simulateAlone(fresh().simulate, calls)
    const failed = [...outcomes.entries()].filter(([, { success }]) => !success)
    expect(failed.map(([index]) => index)).toEqual([3, 44])
    expect(failed.map(([, { returnData }]) => returnData)).toEqual(['0x', '0x'])
  })
})
