/** The hash, before and after WebAssembly is compiled. */
import { keccak256 as reference } from 'viem'
import { expect, it, vi } from 'vitest'

const INPUTS = [0, 1, 135, 136, 137, 60_000].map((length) => new Uint8Array(length).fill(0xa5))

it('the hash is right from the first moment, and stays the same when WebAssembly takes over', async () => {
  vi.resetModules()
  const { compiled, keccak256 } = await import('../../src/evm/keccak.ts')
  const expected = INPUTS.map((data) => reference(data))
  expect(INPUTS.map(keccak256)).toEqual(expected)
  await compiled
  expect(INPUTS.map(keccak256)).toEqual(expected)
})
