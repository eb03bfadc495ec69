/**
 * seat: keeps the right of this process to run the other actors. Of several processes on one store, one holds the seat.
 *
 * The gateway wants the seat when it is ready to lead. The actor then tries to take it until it is free, and renews it while it is
 * held. A store that belongs to one process has no seat: the actor grants it at once and for ever.
 *
 * | state         | entered when                                              | left when                                             |
 * | ------------- | --------------------------------------------------------- | ----------------------------------------------------- |
 * | Idle          | at the start; the seat is lost                            | the gateway wants the seat                            |
 * | Permanent     | the gateway wants the seat of a store without one         | never                                                 |
 * | Taking        | the gateway wants the seat; the pause is over             | the store has answered, or failed                     |
 * | Standing      | another process leads; the store failed; the seat is lost while the gateway waits for it | the pause is over      |
 * | Holding       | the seat is taken                                         | another process leads; no renewal succeeded in time   |
 * | · Resting     | the seat is taken or renewed; a renewal failed            | the pause is over; the gateway wants the seat         |
 * | · Renewing    | the pause is over                                         | the store has answered, or failed; the gateway wants the seat |
 * | · Confirming  | the gateway wants the seat after a restart of its actors  | the store has confirmed the seat                      |
 * | · · Asking    | the gateway wants the seat; the pause is over             | the store has answered, or failed                     |
 * | · · Pausing   | the store failed                                          | the pause is over                                     |
 *
 * Promises:
 * - The gateway is told of the seat only after the store has given or confirmed it.
 * - A process that cannot renew its seat in time gives up by itself, because another process may lead by then.
 * - The fence of the store, and not this actor, keeps a former leader from writing.
 */
import { type FailureParams, seatSetup, startContext } from './setup.ts'

const failureOf = ({ event }: { readonly event: { readonly error: unknown } }): FailureParams => ({
  error: event.error,
})

export const seatMachine = seatSetup.createMachine({
  id: 'seat',
  context: ({ input }) => startContext(input),
  initial: 'Idle',
  states: {
    Idle: {
      on: {
        'seat.wanted': [{ guard: 'isSole', target: 'Permanent', actions: 'tellTaken' }, { target: 'Taking' }],
      },
    },
    Permanent: { on: { 'seat.wanted': { actions: 'tellTaken' } } },
    Taking: {
      entry: 'noteAsking',
      invoke: {
        id: 'takeSeat',
        src: 'takeSeat',
        onDone: [
          {
            guard: { type: 'isOurs', params: ({ event }) => event.output },
            target: 'Holding',
            actions: [{ type: 'noteLeader', params: ({ event }) => event.output }, 'trust', 'tellTaken'],
          },
          {
            target: 'Standing',
            actions: { type: 'noteLeader', params: ({ event }) => event.output },
          },
        ],
        onError: { target: 'Standing', actions: { type: 'noteFailure', params: failureOf } },
      },
    },
    Standing: { after: { standingPause: 'Taking' } },
    Holding: {
      initial: 'Resting',
      on: { 'seat.wanted': '.Confirming' },
      states: {
        Resting: { after: { renewalPause: 'Renewing' } },
        Renewing: {
          entry: 'noteAsking',
          invoke: {
            id: 'renewSeat',
            src: 'renewSeat',
            onDone: { target: 'Resting', actions: 'trust' },
            onError: [
              {
                guard: { type: 'isLost', params: failureOf },
                target: '#seat.Idle',
                actions: [{ type: 'noteLoss', params: failureOf }, 'tellLost'],
              },
              { target: 'Resting', actions: { type: 'noteFailure', params: failureOf } },
            ],
          },
        },
        Confirming: {
          initial: 'Asking',
          states: {
            Asking: {
              entry: 'noteAsking',
              invoke: {
                id: 'renewSeat',
                src: 'renewSeat',
                onDone: { target: '#seat.Holding.Resting', actions: ['trust', 'tellTaken'] },
                onError: [
                  {
                    guard: { type: 'isLost', params: failureOf },
                    target: '#seat.Standing',
                    actions: { type: 'noteLoss', params: failureOf },
                  },
                  { target: 'Pausing', actions: { type: 'noteFailure', params: failureOf } },
                ],
              },
            },
            Pausing: { after: { renewalPause: 'Asking' } },
          },
        },
      },
    },
  },
})
