/**
 * ticker: the one clock beat that deadlines are checked on, so that not every batch needs timers of its own.
 *
 * | state   | entered when                  | left when                          |
 * | ------- | ----------------------------- | ---------------------------------- |
 * | Ticking | at the start, and every beat  | a beat later: it is entered again  |
 */
import { enqueueActions, setup } from 'xstate'
import type { DurationMs, Now } from '../../domain/primitives.ts'
import { type Tick, to } from '../protocol.ts'

/** By so much a deadline may be served late: the shortest pauses are of a second. */
export const BEAT_MS = 500

export const tickerMachine = setup({
  types: {
    context: {} as { readonly now: Now },
    input: {} as { readonly now: Now },
  },
  delays: { beat: BEAT_MS satisfies DurationMs },
  actions: {
    tick: enqueueActions(({ context, enqueue }) => {
      const tick: Tick = { type: 'tick', at: context.now() }
      enqueue.sendTo(to('opsBatcher'), tick)
      enqueue.sendTo(to('nonceTracker'), tick)
    }),
  },
}).createMachine({
  id: 'ticker',
  context: ({ input }) => ({ now: input.now }),
  initial: 'Ticking',
  states: {
    Ticking: {
      after: { beat: { target: 'Ticking', reenter: true, actions: 'tick' } },
    },
  },
})
