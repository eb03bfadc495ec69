import fc from 'fast-check'
import { decodeFunctionData, size } from 'viem'
import { expect, it } from 'vitest'
import { registryFunctions } from '../../src/registry/worldId/abi.ts'
import { foldCreates } from '../../src/registry/worldId/fold.ts'
import { anyCreate, create } from './samples.ts'

it('a fold creates all accounts in a single call, in order', () => {
  fc.assert(
    fc.property(fc.array(anyCreate, { maxLength: 5 }), (operations) => {
      const { functionName, args } = decodeFunctionData({
        abi: registryFunctions,
        data: foldCreates(operations),
      })
      expect(functionName).toBe('createManyAccounts')
      const [recovery = [], addresses = [], pubkeys = [], commitments = []] =
        args as readonly (readonly unknown[])[]
      const unfolded = recovery.map((recoveryAddress, index) => [
        recoveryAddress,
        addresses[index],
        pubkeys[index],
        commitments[index],
      ])
      expect(lower(unfolded)).toEqual(
        operations.map((operation) => [
          operation.recoveryAddress,
          operation.authenticatorAddresses,
          operation.authenticatorPubkeys,
          operation.offchainSignerCommitment,
        ]),
      )
    }),
  )
})

it.each([
  [1, 516],
  [10, 2_820],
  [100, 25_860],
])('a fold of %i accounts has %i bytes', (count, bytes) => {
  expect(size(foldCreates(Array(count).fill(create)))).toBe(bytes)
})

/** Decoded values in the notation of the domain types. */
function lower(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(lower)
  return typeof value === 'bigint' ? `0x${value.toString(16)}` : String(value).toLowerCase()
}
