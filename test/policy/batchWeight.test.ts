import { encodeFunctionData, type Hex, multicall3Abi, padHex, parseAbi, size } from 'viem'
import { describe, expect, it } from 'vitest'
import { addToBatch, type BatchWeight, EMPTY_BATCH } from '../../src/policy/batchWeight.ts'
import { transactionGasLimit } from '../../src/policy/gasLimit.ts'
import { gasModel, marginalGas } from '../../src/policy/gasModel.ts'
import { START_RESERVE } from '../../src/policy/gasReserve.ts'
import { queued, startingGas } from './arbitraries.ts'

const abi = parseAbi([
  'function createAccount(address recovery, address[] authenticators, uint256[] pubkeys, uint256 commitment)',
  'function createManyAccounts(address[] recovery, address[][] authenticators, uint256[][] pubkeys, uint256[] commitment)',
])
const target = padHex('0xca11', { size: 20 })
const address: Hex = `0x${'a1'.repeat(20)}`
const word = BigInt(`0x${'b2'.repeat(32)}`)
const insertData: Hex = `0x${'c3'.repeat(388)}`
const model = gasModel(startingGas)

function multicall(calls: readonly Hex[]): Hex {
  const args = calls.map((callData) => ({ target, allowFailure: true, callData }))
  return encodeFunctionData({ abi: multicall3Abi, functionName: 'aggregate3', args: [args] })
}

/** Calldata of creates with the given numbers of authenticators: each as a single call, and all as a fold. */
function creates(authenticators: readonly number[]): { readonly single: Hex[]; readonly fold: Hex } {
  const members = authenticators.map((count) => ({
    addresses: Array.from({ length: count }, () => address),
    pubkeys: Array.from({ length: count }, () => word),
  }))
  return {
    single: members.map(({ addresses, pubkeys }) =>
      encodeFunctionData({ abi, functionName: 'createAccount', args: [address, addresses, pubkeys, word] }),
    ),
    fold: encodeFunctionData({
      abi,
      functionName: 'createManyAccounts',
      args: [
        members.map(() => address),
        members.map(({ addresses }) => addresses),
        members.map(({ pubkeys }) => pubkeys),
        members.map(() => word),
      ],
    }),
  }
}

function weigh(createData: readonly Hex[], inserts: number): BatchWeight {
  const operations = [
    ...createData.map((data, sequence) => queued({ kind: 'create_account', sequence, bytes: size(data) })),
    ...Array.from({ length: inserts }, (_, sequence) => queued({ sequence, bytes: size(insertData) })),
  ]
  return operations.reduce((weight, operation) => addToBatch(weight, operation, model), EMPTY_BATCH)
}

describe('addToBatch', () => {
  it.each([
    [[], 0],
    [[], 7],
    [[1], 0],
    [[1, 7, 2, 3], 0],
    [[1, 1, 4], 5],
  ])(
    'predicts the exact calldata size for creates with %j authenticators and %i inserts',
    (counts, inserts) => {
      const { single, fold } = creates(counts)
      const calls = [
        ...(counts.length > 0 ? [fold] : []),
        ...Array.from({ length: inserts }, () => insertData),
      ]
      expect(weigh(single, inserts).bytes).toBe(size(multicall(calls)))
    },
  )

  it('counts the base gas of a kind once', () => {
    const one = queued({ sequence: 0 })
    const first = addToBatch(EMPTY_BATCH, one, model)
    const second = addToBatch(first, one, model)
    const third = addToBatch(second, one, model)
    expect(second.gas - first.gas).toBeLessThan(first.gas - EMPTY_BATCH.gas)
    expect(third.gas - second.gas).toBe(second.gas - first.gas)
  })

  it.each([
    [1, 0],
    [0, 1],
    [130, 0],
    [0, 40],
    [40, 25],
  ])(
    'predicts at most 5 % more gas than the gas limit for %i creates and %i inserts',
    (createCount, inserts) => {
      const { single, fold } = creates(Array.from({ length: createCount }, () => 1))
      const weight = weigh(single, inserts)
      const gasOf = (kind: 'create_account' | 'insert_authenticator', count: number) =>
        marginalGas(model, kind, true) + (count - 1) * marginalGas(model, kind, false)
      const calls = [
        ...(createCount > 0 ? [{ data: fold, gas: gasOf('create_account', createCount) }] : []),
        ...Array.from({ length: inserts }, (_, nth) => ({
          data: insertData,
          gas: marginalGas(model, 'insert_authenticator', nth === 0),
        })),
      ]
      const callData = multicall(calls.map(({ data }) => data))
      const margin = { nestedCalls: createCount > 1 ? 1 : 3, reserve: START_RESERVE }
      const limit = transactionGasLimit(calls, callData, weight.gas, margin)
      expect(limit).toBeGreaterThan(weight.gas * 0.95)
    },
  )
})
