import { encodeErrorResult, parseAbi } from 'viem'
import { describe, expect, it } from 'vitest'
import { revertedStatus } from '../../../src/actors/outcome/executionStatus.ts'
import type { PlannedCall } from '../../../src/domain/batch.ts'
import { transactionGasLimit } from '../../../src/policy/gasLimit.ts'
import { worldIdV1 } from '../../../src/registry/worldId/worldId.ts'
import { address, hash } from '../../machines/support/samples.ts'

const data = encodeErrorResult({
  abi: parseAbi(['error AuthenticatorAddressAlreadyInUse(address)']),
  args: [address('9')],
})

const callOf = (...operations: string[]): PlannedCall => ({
  target: address('1'),
  callData: '0x',
  operations,
  gas: 330_000,
})

/** The status of the last call, after a revert with an amount of gas at hand. */
function lastStatus(calls: readonly PlannedCall[], given: number) {
  const last = calls.at(-1)
  if (last === undefined) throw new Error('no call')
  return revertedStatus(worldIdV1, { calls }, last, { data, gas: { given, used: 40_000 } }, hash('f'))
}

/** The gas of the last call by the tightest plan, if every earlier call uses its simulated gas and all overhead is due. */
function givenToLast(calls: readonly PlannedCall[], nestedCalls: number) {
  const limit = transactionGasLimit(calls, '0x', 1e9, { nestedCalls, reserve: 0 }) ?? 0
  const before = calls.slice(0, -1).reduce((sum, { gas }) => sum + gas, 0)
  return Math.floor(((limit - 21_000 - 10_000 - 3_000 * calls.length - before) * 63) / 64)
}

describe('the status of the last call of a tight plan after a revert', () => {
  it('has the reason of the revert: the call got the planned gas', () => {
    const calls = [callOf('a'), callOf('b')]
    expect(lastStatus(calls, givenToLast(calls, 3))).toMatchObject({ type: 'Failed' })
  })

  it('is an eviction without a cause if an earlier call took some of its gas', () => {
    const calls = [callOf('a'), callOf('b')]
    const status = lastStatus(calls, givenToLast(calls, 3) - 1_000)
    expect(status).toMatchObject({ type: 'Evicted', reason: 'BatchFull', batchLimit: 1 })
  })

  it('evicts the members of a fold for the revert, also with the gas limit of a proof', () => {
    const calls = [callOf('a'), callOf('b', 'c', 'd')]
    expect(lastStatus(calls, givenToLast(calls, 1))).toMatchObject({ reason: 'DependencyNotReady' })
    expect(lastStatus(calls, givenToLast(calls, 1) - 1_000)).toMatchObject({ reason: 'BatchFull' })
  })
})
