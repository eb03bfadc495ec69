/** Regression tests: shrunk plans that once violated an invariant. */
import { expect, it } from 'vitest'
import { type Plan, planQuietHour } from './plan.ts'
import { run } from './world.ts'

const found: Readonly<Record<string, Partial<Plan>>> = {
  /** After a start the gateway knows a single block, and the reorg begins far below the known block. */
  'a reorg, soon after a start, of a block that the former process had seen': {
    seed: 57,
    errands: [{ type: 'create', name: 'creation 1', at: 105_218, copies: 1, twin: false }],
    happenings: [
      { id: 7, fault: 'crash', at: 105_233, strength: 891_361 },
      { id: 1, fault: 'stall', at: 114_784, strength: 9 },
      { id: 3, fault: 'reorg', at: 129_256, strength: 8 },
    ],
    clearsAt: 135_000,
  },
}

it.each(Object.entries(found))('%s', async (_, plan) => {
  const base = planQuietHour()
  const settings = { ...base.settings, blockGas: 15_000_000, refusesBelowBaseFee: false, suggestedTip: null }
  const { violations, lives, operations, trace } = await run({ ...base, settings, ...plan })
  expect(violations, trace).toEqual([])
  expect({ lives, operations }).toEqual({ lives: 2, operations: { finalized: 1 } })
})
