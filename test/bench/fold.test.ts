/** The gas of folded creates: the gateway adds little to `createManyAccounts`. */
import { expect, it } from 'vitest'
import { benchFold } from '../../bench/fold.ts'

/** Maximum overhead per create in a batch of 100, as a share. */
const OVERHEAD = 0.03

it('a create in a batch of 100 costs at most 3 % more gas than in a bare createManyAccounts call of 100', async () => {
  const { gateway, bare } = await benchFold()
  expect(gateway / bare).toBeGreaterThan(1)
  expect(gateway / bare).toBeLessThan(1 + OVERHEAD)
  // A third of the gas of a single create.
  expect(gateway).toBeLessThan(120_000)
})
