/** The model of the ticker: time passes. */
import { createActor } from 'xstate'
import { ACTORS } from '../../src/machines/protocol.ts'
import { tickerMachine } from '../../src/machines/root/ticker.ts'
import { START } from '../machines/support/stage.ts'
import { after, possible } from './support/events.ts'
import { type Model, pathStage } from './support/model.ts'
import { hold } from './support/promises.ts'

const BEAT = after('beat', 'ticker.Ticking')
const LISTENERS = [ACTORS.opsBatcher, ACTORS.nonceTracker]

const input = { now: () => START }

export const tickerModels: readonly [Model] = [
  {
    machine: tickerMachine,
    input,
    events: (snapshot) => possible(snapshot, [BEAT]),
    view: () => '',
    sent: [],
    start(watch) {
      const { stage, ...hands } = pathStage(null, watch)
      const machine = watch.watch(tickerMachine.provide({}))
      const actor = createActor(machine, { parent: stage.parent, input }).start()
      let beats = 0
      const check = () => {
        beats += 1
        const counts = LISTENERS.map((name) => stage.receivedBy(name).length)
        hold(
          'every beat sends one tick to opsBatcher and nonceTracker',
          counts.every((count) => count === beats),
        )
      }
      return { actor, effects: {}, check, ...hands }
    },
  },
]
