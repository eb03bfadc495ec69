/** Folded creates cost what `createManyAccounts` costs: what the gateway adds to them is next to nothing. */
import { expect, it } from 'vitest'
import { benchFold } from '../../bench/fold.ts'

/** What a create may cost more in a batch of a hundred, as a share. */
const OVERHEAD = 0.03

it('a create in a batch of a hundred costs within 3 % of one in a bare createManyAccounts of a hundred', async () => {
  const { gateway, bare } = await benchFold()
  expect(gateway / bare).toBeGreaterThan(1)
  expect(gateway / bare).toBeLessThan(1 + OVERHEAD)
  // A third of what a create alone takes.
  expect(gateway).toBeLessThan(120_000)
})
