/**
 * ticker: sends a tick twice a second. Deadlines are checked on each tick, so batches need no timers of their own.
 *
 * | state   | entered when                  | left when                          |
 * | ------- | ----------------------------- | ---------------------------------- |
 * | Ticking | at the start; after each beat | after 500 ms: it is entered again  |
 */
import { enqueueActions, setup } from 'xstate'
import type { DurationMs, Now } from '../../domain/primitives.ts'
import { type Tick, to } from '../protocol.ts'

/** Time between two ticks, and so the longest delay of a deadline. The shortest deadlines are one second. */
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
