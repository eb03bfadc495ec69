import { describe, expect, it } from 'vitest'
import { createActor } from 'xstate'
import { tickerMachine } from '../../../src/machines/root/ticker.ts'
import { START, Stage } from '../support/stage.ts'

describe('ticker', () => {
  it('tells those who watch deadlines the time, twice a second, and nobody else', async () => {
    const stage = new Stage(null)
    createActor(tickerMachine, { parent: stage.parent, input: { now: stage.now } }).start()
    await stage.advance(499)
    expect(stage.conversation).toEqual([])
    await stage.advance(1)
    expect(stage.conversation).toEqual(['opsBatcher: tick', 'nonceTracker: tick'])
    for (let beat = 2; beat <= 5; beat += 1) await stage.advance(500)
    for (const name of ['opsBatcher', 'nonceTracker'] as const) {
      expect(stage.heardBy(name)).toEqual(
        [1, 2, 3, 4, 5].map((beat) => ({ type: 'tick', at: START + beat * 500 })),
      )
    }
  })
})
