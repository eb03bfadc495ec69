/**
 * intake: the entrance of the actor system. It passes submissions on, and answers each caller exactly once.
 *
 * A caller submits an operation that has passed the pre-flight and waits. The intake asks the nonceTracker for admission.
 * The answer comes back when the operation is on disk, or refused. The effect `answerCallers` delivers it. An error of that
 * effect crashes the intake.
 *
 * | state      | entered when                                           | left when                                 |
 * | ---------- | ------------------------------------------------------ | ----------------------------------------- |
 * | Closed     | at the start; the gateway drains; its actors crashed   | the gateway runs                          |
 * | · Idle     | at the start; the gateway drains; all callers are answered | the gateway runs; an interruption     |
 * | · Settling | an interruption: the actors that admit operations are gone | the store answered or failed          |
 * | Open       | the gateway runs                                       | the gateway drains; an interruption       |
 *
 * Promises:
 * - Each caller gets one answer. A caller that still waits when the intake stops is told that the result is uncertain.
 * - An operation is reported as accepted only if it is on disk.
 * - After a crash, the store decides: stored operations are accepted, all others can be submitted again.
 */
import { intakeSetup, NOT_STORED, startContext, UNCERTAIN, waitingIds } from './setup.ts'

export const intakeMachine = intakeSetup.createMachine({
  id: 'intake',
  context: ({ input }) => startContext(input),
  entry: 'startAnswering',
  initial: 'Closed',
  on: {
    'operations.admitted': {
      actions: { type: 'answer', params: ({ event }) => ({ ids: event.ids, refusal: null }) },
    },
    'admission.refused': {
      actions: { type: 'answer', params: ({ event }) => ({ ids: [event.id], refusal: event.refusal }) },
    },
    'admissions.interrupted': '.Closed.Settling',
  },
  states: {
    Closed: {
      initial: 'Idle',
      on: {
        'operation.submitted': { actions: { type: 'refuseSubmission', params: ({ event }) => event } },
      },
      states: {
        Idle: {
          on: { 'intake.opened': '#intake.Open' },
        },
        Settling: {
          invoke: {
            id: 'findStored',
            src: 'findStored',
            input: ({ context }) => ({ ids: waitingIds(context) }),
            onDone: {
              target: 'Idle',
              actions: [
                { type: 'answer', params: ({ event }) => ({ ids: event.output, refusal: null }) },
                { type: 'answerRest', params: { refusal: NOT_STORED } },
                'reportSettled',
              ],
            },
            onError: {
              target: 'Idle',
              actions: [{ type: 'answerRest', params: { refusal: UNCERTAIN } }, 'reportSettled'],
            },
          },
        },
      },
    },
    Open: {
      on: {
        'operation.submitted': { actions: { type: 'requestAdmission', params: ({ event }) => event } },
        'intake.closed': 'Closed',
      },
    },
  },
})
