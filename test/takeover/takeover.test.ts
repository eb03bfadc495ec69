/** A few takeovers of each kind; `npm run takeover -- --kills 200` runs many. */
import { describe, expect, it } from 'vitest'
import { sizeOf } from '../support/campaign.ts'
import { runTakeovers } from './run.ts'

const KILLS = sizeOf('takeovers')

describe('three processes on one database', () => {
  it(`lose no operation, and execute none twice: ${KILLS} takeovers`, async () => {
    const { takeovers, acknowledged, lost, doubled } = await runTakeovers({ kills: KILLS })
    expect({ lost, doubled }).toEqual({ lost: [], doubled: [] })
    expect(takeovers).toHaveLength(KILLS)
    expect(acknowledged).toBeGreaterThan(0)
  })
})
