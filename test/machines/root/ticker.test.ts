import { describe, expect, it } from 'vitest'
import { createActor } from 'xstate'
import { tickerMachine } from '../../../src/machines/root/ticker.ts'
import { START, Stage } from '../support/stage.ts'

describe('ticker', () => {
  it('sends a tick with the time to opsBatcher and nonceTracker, twice a second', async () => {
    const stage = new Stage(null)
    createActor(tickerMachine, { parent: stage.parent, input: { now: stage.now } }).start()
    await stage.advance(499)
    expect(stage.messages).toEqual([])
    await stage.advance(1)
    expect(stage.messages).toEqual(['opsBatcher: tick', 'nonceTracker: tick'])
    for (let beat = 2; beat <= 5; beat += 1) await stage.advance(500)
    for (const name of ['opsBatcher', 'nonceTracker'] as const) {
      expect(stage.receivedBy(name)).toEqual(
        [1, 2, 3, 4, 5].map((beat) => ({ type: 'tick', at: START + beat * 500 })),
      )
    }
  })
})
