import { describe, expect, it } from 'vitest'
import { runwayOf } from '../../src/policy/runway.ts'

describe('the runway of the wallet', () => {
  it('is the time that the balance lasts at the spending of the last hour', () => {
    expect(runwayOf('30000000000000000000', '10000000000000000000')).toEqual({
      duration: 3 * 3_600_000,
      spent: '10000000000000000000',
    })
    expect(runwayOf('1', '3')).toEqual({ duration: 1_200_000, spent: '3' })
    expect(runwayOf('0', '3')).toEqual({ duration: 0, spent: '3' })
  })

  it('is null when nothing was spent, and before the first read of the balance', () => {
    expect(runwayOf('5', '0')).toBeNull()
    expect(runwayOf(null, '5')).toBeNull()
  })
})
