/** The models of the seat: a store that several processes share, and a store of one process. */
import { type AnyMachineSnapshot, createActor } from 'xstate'
import { SEAT_TTL, SeatLostError, type SeatReport } from '../../src/domain/seat.ts'
import { ACTORS } from '../../src/machines/protocol.ts'
import { seatMachine } from '../../src/machines/seat/seat.ts'
import type { SeatContext } from '../../src/machines/seat/setup.ts'
import { START } from '../machines/support/stage.ts'
import { after, done, fails, possible } from './support/events.ts'
import { deferredEffects, logicOf, type Model, pathStage, unanswered } from './support/model.ts'
import type { ModelEvent } from './support/paths.ts'
import { hold } from './support/promises.ts'

const EFFECTS = ['takeSeat', 'renewSeat'] as const

const ours: SeatReport = { isOurs: true, name: 'one', epoch: 7, since: START }
const others: SeatReport = { isOurs: false, name: 'two', epoch: 8, since: START }
const OUTAGE = new Error('the database does not answer')
const LOST = new SeatLostError('another process leads')

const EVENTS: readonly ModelEvent[] = [
  { type: 'seat.wanted', label: 'wanted' },
  done('takeSeat', ours, 'taken'),
  done('takeSeat', others, 'another process leads'),
  fails('takeSeat', OUTAGE),
  done('renewSeat', undefined, 'renewed'),
  fails('renewSeat', OUTAGE),
  fails('renewSeat', LOST),
  after('standingPause', 'seat.Standing'),
  after('renewalPause', 'seat.Holding.Resting'),
  after('renewalPause', 'seat.Holding.Confirming.Pausing'),
]

function modelOf(isSole: boolean): Model {
  // With a clock that stands still, only a lost seat ends a hold. The unit tests let the time to live run out.
  const input = { isSole, now: () => START }
  return {
    machine: seatMachine,
    provided: { actors: unanswered(EFFECTS), actions: { tellTaken: () => {}, tellLost: () => {} } },
    input,
    events: (snapshot) => possible(snapshot, EVENTS),
    view: ({ context }: AnyMachineSnapshot) => {
      const { leader, trustedUntil, failure }: SeatContext = context
      return JSON.stringify([leader?.epoch, trustedUntil > 0, failure !== null])
    },
    sent: ['seat.wanted'],
    start(watch) {
      const { stage, ...hands } = pathStage(ACTORS.seat, watch)
      const effects = deferredEffects(stage, EFFECTS)
      let taken = 0
      let lost = 0
      const actions = {
        tellTaken: () => {
          taken += 1
        },
        tellLost: () => {
          lost += 1
        },
      }
      const machine = watch.watch(seatMachine.provide({ actors: logicOf(effects) as never, actions }))
      const actor = createActor(machine, { parent: stage.parent, systemId: ACTORS.seat, input }).start()
      let answered = 0
      const check = ({ type, error }: ModelEvent) => {
        const snapshot = actor.getSnapshot()
        if (type.startsWith('xstate.done')) answered += 1
        hold('the gateway leads only after an answer of the store', isSole || taken <= answered)
        hold('the gateway learns once of a loss', lost <= 1 || taken > 0)
        hold('a lost seat is not held', error !== LOST || !snapshot.matches('Holding'))
        hold(
          'an outage alone does not end a hold',
          error !== OUTAGE || lost === 0 || !snapshot.matches('Idle'),
        )
        hold(
          'only a held seat is trusted',
          snapshot.matches('Holding') || snapshot.context.trustedUntil <= START + SEAT_TTL,
        )
      }
      return { actor, effects, check, ...hands }
    },
  }
}

export const seatModels: readonly [Model, Model] = [modelOf(false), modelOf(true)]
