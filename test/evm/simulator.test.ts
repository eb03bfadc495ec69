/** The simulator contract with a state override at the address of Multicall3, as the gateway uses it. */
import { hexToBigInt, toHex } from 'viem'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { Simulator } from '../../contracts/artifacts/Simulator.ts'
import type { Hex } from '../../src/domain/primitives.ts'
import {
  decodeSimulation,
  encodeSimulation,
  type SimulatedCall,
  type SimulatedResult,
  simulatorCode,
} from '../../src/evm/simulator.ts'
import { registryCall } from '../../src/registry/worldId/calls.ts'
import { decodeRevert } from '../../src/registry/worldId/reverts.ts'
import {
  create,
  createMany,
  newAccount,
  type RegistryFixture,
  signer,
  startRegistry,
} from '../contracts/registryFixture.ts'

let fixture: RegistryFixture
let snapshot: Hex

beforeAll(async () => {
  fixture = await startRegistry()
  await fixture.send(createMany([newAccount(1), newAccount(2)]))
  snapshot = await fixture.client.snapshot()
})

beforeEach(async () => {
  await fixture.client.revert({ id: snapshot })
  snapshot = await fixture.client.snapshot()
})

afterAll(() => fixture.chain.stop())

/** Gas of the `eth_call`: the gas limit of a block. */
const GAS = 60_000_000n

async function simulate(calls: readonly SimulatedCall[]): Promise<readonly SimulatedResult[]> {
  const address = fixture.chain.multicallAddress
  const { data } = await fixture.client.call({
    to: address,
    data: encodeSimulation(calls),
    gas: GAS,
    stateOverride: [{ address, code: simulatorCode }],
  })
  return decodeSimulation(data ?? '0x')
}

const isolated = (callData: Hex): SimulatedCall => ({
  target: fixture.chain.registryAddress,
  callData,
  isolated: true,
})

const inSequence = (callData: Hex): SimulatedCall => ({ ...isolated(callData), isolated: false })

/** Puts bytecode at a test address. */
async function placeCode(bytecode: Hex): Promise<Hex> {
  const address = '0x00000000000000000000000000000000c0de0001'
  await fixture.client.setCode({ address, bytecode })
  return address
}

test('a failed call returns its revert data, and a successful call does not', async () => {
  const good = await fixture.insert(signer(1))
  const stale = await fixture.insert(signer(2), { leafIndex: '0x2', nonce: '0x4' })
  const [first, second] = await simulate([isolated(good), isolated(stale)])
  expect(first).toMatchObject({ success: true, returnData: '0x' })
  expect(second?.success).toBe(false)
  expect(decodeRevert(second?.returnData ?? '0x')).toMatchObject({
    name: 'MismatchedSignatureNonce',
    args: ['2', '0', '4'],
  })
})

test('a result has the return data of the call', async () => {
  const [result] = await simulate([
    isolated(registryCall('getPackedAccountData')({ authenticatorAddress: signer(2).address })),
  ])
  expect(hexToBigInt(result?.returnData ?? '0x')).toBe(2n)
})

describe('isolation', () => {
  test('a call in sequence sees the effects of the calls before', async () => {
    const twice = [create(newAccount(3)), create(newAccount(3))]
    expect((await simulate(twice.map(inSequence))).map((result) => result.success)).toEqual([true, false])
  })

  test('later calls do not see the effects of an isolated call', async () => {
    const twice = [create(newAccount(3)), create(newAccount(3))]
    expect((await simulate(twice.map(isolated))).map((result) => result.success)).toEqual([true, true])
    const [, then] = await simulate([isolated(create(newAccount(3))), inSequence(create(newAccount(3)))])
    expect(then?.success).toBe(true)
  })

  test('an isolated call sees the effects of earlier calls in sequence', async () => {
    const calls = [inSequence(create(newAccount(3))), isolated(create(newAccount(3)))]
    expect((await simulate(calls)).map((result) => result.success)).toEqual([true, false])
  })

  test('a simulation does not change the chain', async () => {
    await simulate([inSequence(create(newAccount(3)))])
    const next = await fixture.client.readContract({ ...fixture.registry, functionName: 'getNextLeafIndex' })
    expect(next).toBe(3n)
  })
})

describe('gas', () => {
  /** Gas of calldata and loop of Multicall3, per call. A transaction costs 21,000 gas more. */
  const OVERHEAD_PER_CALL = 12_000

  test('of the calls in sequence is the gas of the transaction without its overhead', async () => {
    const calls = [
      create(newAccount(3)),
      await fixture.insert(signer(1), { newAuthenticatorAddress: signer(11).address }),
      await fixture.insert(signer(2), { leafIndex: '0x2', newAuthenticatorAddress: signer(12).address }),
    ]
    const results = await simulate(calls.map(inSequence))
    const simulated = results.reduce((sum, result) => sum + result.gasUsed, 0)
    const { gasUsed } = await fixture.sendAll(calls)
    expect(Number(gasUsed)).toBeGreaterThan(simulated + 21_000)
    expect(Number(gasUsed)).toBeLessThan(simulated + 21_000 + calls.length * OVERHEAD_PER_CALL)
  })

  test('of an isolated call is the gas of the first call in sequence', async () => {
    const call = create(newAccount(3))
    const [alone] = await simulate([isolated(call)])
    const [first, second] = await simulate([inSequence(call), inSequence(create(newAccount(4)))])
    expect(alone?.gasUsed).toBe(first?.gasUsed)
    // The first call has warmed the upper nodes of the tree.
    expect(second?.gasUsed).toBeLessThan((first?.gasUsed ?? 0) * 0.8)
  })

  test('of one call is at most 2^24, so that a call cannot burn the gas of other calls', async () => {
    const target = await placeCode(INVALID)
    const calls = [{ target, callData: '0x', isolated: true } as const, isolated(create(newAccount(3)))]
    const [burnt, after] = await simulate(calls)
    expect(burnt).toMatchObject({ success: false, returnData: '0x' })
    expect(burnt?.gasUsed).toBeGreaterThan(2 ** 24)
    expect(burnt?.gasUsed).toBeLessThan(2 ** 24 + 5_000)
    expect(after?.success).toBe(true)
  })
})

/** INVALID: burns all gas of the call. */
const INVALID = '0xfe'

/** PUSH2 0x2000, PUSH0, REVERT: reverts with 8 KiB of zeros. */
const LONG_REVERT = '0x6120005ffd'

test('a result has at most 1,024 bytes of return data', async () => {
  const target = await placeCode(LONG_REVERT)
  const results = await simulate([
    { target, callData: '0x', isolated: true },
    { target, callData: '0x', isolated: false },
  ])
  expect(results.map((result) => result.returnData)).toEqual(Array(2).fill(toHex(0, { size: 1024 })))
})

test('only the simulator itself may call undo', async () => {
  const address = fixture.chain.multicallAddress
  const call = fixture.client.simulateContract({
    address,
    abi: Simulator.abi,
    functionName: 'undo',
    args: [signer(1).address, '0x'],
    stateOverride: [{ address, code: simulatorCode }],
  })
  await expect(call).rejects.toThrow('OnlySelf()')
})

test('one request simulates 50 operations alone and together', async () => {
  const accounts = Array.from({ length: 50 }, (_, i) => newAccount(100 + i))
  const calls = [...accounts.map((account) => isolated(create(account))), inSequence(createMany(accounts))]
  const results = await simulate(calls)
  expect(results).toHaveLength(51)
  expect(results.every((result) => result.success)).toBe(true)
})
