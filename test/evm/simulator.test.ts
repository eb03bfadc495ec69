/** The simulator contract, as the gateway uses it: by a state override at Multicall3's address. */
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

/** Gas of the `eth_call`: that of a whole block. */
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

/** Bytecode that is placed at some address for a test. */
async function placed(bytecode: Hex): Promise<Hex> {
  const address = '0x00000000000000000000000000000000c0de0001'
  await fixture.client.setCode({ address, bytecode })
  return address
}

test('tells success and failure apart, with the reason of each', async () => {
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

test('returns what a call returns', async () => {
  const [outcome] = await simulate([
    isolated(registryCall('getPackedAccountData')({ authenticatorAddress: signer(2).address })),
  ])
  expect(hexToBigInt(outcome?.returnData ?? '0x')).toBe(2n)
})

describe('isolation', () => {
  test('calls in sequence see what those before them did', async () => {
    const twice = [create(newAccount(3)), create(newAccount(3))]
    expect((await simulate(twice.map(inSequence))).map((outcome) => outcome.success)).toEqual([true, false])
  })

  test('an isolated call leaves nothing behind', async () => {
    const twice = [create(newAccount(3)), create(newAccount(3))]
    expect((await simulate(twice.map(isolated))).map((outcome) => outcome.success)).toEqual([true, true])
    const [, then] = await simulate([isolated(create(newAccount(3))), inSequence(create(newAccount(3)))])
    expect(then?.success).toBe(true)
  })

  test('an isolated call sees what a call in sequence did', async () => {
    const calls = [inSequence(create(newAccount(3))), isolated(create(newAccount(3)))]
    expect((await simulate(calls)).map((outcome) => outcome.success)).toEqual([true, false])
  })

  test('nothing of it happens on the chain', async () => {
    await simulate([inSequence(create(newAccount(3)))])
    const next = await fixture.client.readContract({ ...fixture.registry, functionName: 'getNextLeafIndex' })
    expect(next).toBe(3n)
  })
})

describe('gas', () => {
  /**
   * What a transaction through Multicall3 costs besides its calls: 21,000, the calldata, and some for the
   * loop.
   */
  const OVERHEAD_PER_CALL = 12_000

  test('in sequence comes to what the transaction takes', async () => {
    const calls = [
      create(newAccount(3)),
      await fixture.insert(signer(1), { newAuthenticatorAddress: signer(11).address }),
      await fixture.insert(signer(2), { leafIndex: '0x2', newAuthenticatorAddress: signer(12).address }),
    ]
    const outcomes = await simulate(calls.map(inSequence))
    const simulated = outcomes.reduce((sum, outcome) => sum + outcome.gasUsed, 0)
    const { gasUsed } = await fixture.sendAll(calls)
    expect(Number(gasUsed)).toBeGreaterThan(simulated + 21_000)
    expect(Number(gasUsed)).toBeLessThan(simulated + 21_000 + calls.length * OVERHEAD_PER_CALL)
  })

  test('of a call in isolation is that of the first in sequence', async () => {
    const call = create(newAccount(3))
    const [alone] = await simulate([isolated(call)])
    const [first, second] = await simulate([inSequence(call), inSequence(create(newAccount(4)))])
    expect(alone?.gasUsed).toBe(first?.gasUsed)
    // By then the upper nodes of the tree are warm.
    expect(second?.gasUsed).toBeLessThan((first?.gasUsed ?? 0) * 0.8)
  })

  test('is no more than a transaction may have, so that one call cannot burn that of the others', async () => {
    const target = await placed(INVALID)
    const calls = [{ target, callData: '0x', isolated: true } as const, isolated(create(newAccount(3)))]
    const [burnt, after] = await simulate(calls)
    expect(burnt).toMatchObject({ success: false, returnData: '0x' })
    expect(burnt?.gasUsed).toBeGreaterThan(2 ** 24)
    expect(burnt?.gasUsed).toBeLessThan(2 ** 24 + 5_000)
    expect(after?.success).toBe(true)
  })
})

/** INVALID: takes all the gas there is. */
const INVALID = '0xfe'

/** PUSH2 0x2000, PUSH0, REVERT: reverts with 8 KiB of zeros. */
const LONG_REVERT = '0x6120005ffd'

test('keeps 1,024 bytes of what a call returns', async () => {
  const target = await placed(LONG_REVERT)
  const outcomes = await simulate([
    { target, callData: '0x', isolated: true },
    { target, callData: '0x', isolated: false },
  ])
  expect(outcomes.map((outcome) => outcome.returnData)).toEqual(Array(2).fill(toHex(0, { size: 1024 })))
})

test('nobody but itself can make it revert', async () => {
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

test('many operations are tried in one request, each alone and all together', async () => {
  const accounts = Array.from({ length: 50 }, (_, i) => newAccount(100 + i))
  const calls = [...accounts.map((account) => isolated(create(account))), inSequence(createMany(accounts))]
  const outcomes = await simulate(calls)
  expect(outcomes).toHaveLength(51)
  expect(outcomes.every((outcome) => outcome.success)).toBe(true)
})
