/**
 * gateway: the root of the actor system. It starts, supervises and stops the other actors.
 *
 * | state           | entered when                                          | left when                                             |
 * | --------------- | ----------------------------------------------------- | ----------------------------------------------------- |
 * | Starting        | at the start; chain or store did not answer a recovery | chain and store are checked: they belong together (Standby), or not (Failed); `drain` |
 * | · Preparing     | at the start; the pause is over                       | the check succeeded or failed                         |
 * | · Pausing       | chain or store did not answer                         | the pause is over                                     |
 * | Standby         | chain and store are checked; the pause after a crash is over; the seat is lost in a recovery | this process leads; `drain` |
 * | Recovering      | this process leads                                    | the stored work is loaded, or cannot be; the seat is lost; `drain` |
 * | Active          | the stored work is loaded                             | the gateway has stopped; an actor with state crashed; an actor without state crashes again and again; the seat is lost |
 * | · Service       |                                                       |                                                       |
 * | · · Running     | the actors run; operations are admitted               | `drain`                                               |
 * | · · Draining    | no operation is admitted; batches finish              | the last batch is settled, or the deadline has passed; at once if several processes share the store |
 * | · · Flushing    | no batch is in flight, or the deadline has passed     | the last write is on disk, or the deadline has passed |
 * | · ChainMonitor, Ticker |                                                |                                                       |
 * | · · Alive       | at once; the pause is over                            | the actor crashed                                     |
 * | · · Pausing     | the actor crashed; the others go on without it        | the pause is over, or restarts are hopeless           |
 * | Restarting      | an actor with state crashed, or the seat was lost, while operations were admitted; a defect in a recovery after a crash | the pause is over; `drain` |
 * | · Settling      | a commit may be running, and callers may wait         | all callers are answered                              |
 * | · Pausing       | all callers are answered                              | the pause is over, or restarts are hopeless           |
 * | Ending          | the gateway stops, and an actor with state crashed or the seat was lost | all callers are answered, or the deadline has passed  |
 * | Stopped         | the gateway has stopped in order                      | never                                                 |
 * | Failed          | the configuration is wrong, a defect in the first start, or restarts are hopeless | never                                                 |
 *
 * The store is the truth. So an actor with state is not repaired: all actors stop, and new ones start from the store. The
 * chainMonitor and the ticker have no state that matters, and restart alone. The intake runs from the start to the end, so
 * that callers get an answer after a crash, too. A crash of the intake restarts all actors.
 *
 * Several processes may share a store. One of them leads, and only its actors run. The others wait in Standby, and take over from the
 * store when the leader has ended.
 *
 * An outage of the chain or the store is not a failure of the start: the start is repeated until both answer.
 *
 * Promises:
 * - No operation is admitted before all work of the last run is recovered.
 * - No event of the former actors reaches the restarted actors.
 * - No actor with state runs before this process leads, or after it has lost the seat.
 * - After `drain`, the gateway never admits an operation again, and does not fail.
 * - Work that is not finished at the stop is on disk, and the next start goes on from there.
 */
import { and } from 'xstate'
import { ACTORS } from '../protocol.ts'
import { startContext } from './context.ts'
import { crashOf, gatewaySetup } from './setup.ts'

export const gatewayMachine = gatewaySetup.createMachine({
  id: 'gateway',
  context: ({ input }) => startContext(input),
  entry: ['startIntake', 'startSeat'],
  initial: 'Starting',
  on: {
    'xstate.error.actor.intake': { actions: [{ type: 'noteCrash', params: crashOf }, 'startIntake'] },
    'xstate.error.actor.seat': { actions: [{ type: 'noteCrash', params: crashOf }, 'startSeat'] },
    // A second actor may crash while all actors are being stopped. One restart is enough for both crashes.
    'xstate.error.actor.*': { actions: { type: 'noteCrash', params: crashOf } },
  },
  states: {
    Starting: {
      initial: 'Preparing',
      on: { drain: 'Ending' },
      states: {
        Preparing: {
          invoke: {
            id: 'prepareStart',
            src: 'prepareStart',
            onDone: '#gateway.Standby',
            onError: [
              {
                guard: { type: 'isOutage', params: crashOf },
                target: 'Pausing',
                actions: { type: 'noteDelay', params: crashOf },
              },
              { target: '#gateway.Failed', actions: { type: 'noteFailure', params: crashOf } },
            ],
          },
        },
        Pausing: { after: { startPause: 'Preparing' } },
      },
    },
    Standby: {
      entry: 'requestSeat',
      on: {
        'seat.taken': 'Recovering',
        drain: 'Ending',
        'xstate.error.actor.seat': {
          target: 'Standby',
          reenter: true,
          actions: [{ type: 'noteCrash', params: crashOf }, 'startSeat'],
        },
      },
    },
    Recovering: {
      invoke: {
        id: 'recover',
        src: 'recover',
        onDone: {
          target: 'Active',
          actions: { type: 'noteRecovered', params: ({ event }) => ({ recovered: event.output }) },
        },
        onError: [
          {
            guard: { type: 'isOutage', params: crashOf },
            target: 'Starting.Pausing',
            actions: { type: 'noteDelay', params: crashOf },
          },
          {
            guard: { type: 'isDefectOfRestart', params: crashOf },
            target: 'Restarting',
            actions: { type: 'noteCrash', params: crashOf },
          },
          { target: 'Failed', actions: { type: 'noteFailure', params: crashOf } },
        ],
      },
      on: { drain: 'Ending', 'seat.lost': 'Standby' },
    },
    Active: {
      type: 'parallel',
      // In the order of their starts: an actor that sends an event at its start must find the receiver.
      invoke: [
        {
          id: ACTORS.requestTracker,
          systemId: ACTORS.requestTracker,
          src: 'requestTracker',
          input: ({ context }) => ({ now: context.now, retention: context.config.retention }),
        },
        {
          id: ACTORS.finalityTracker,
          systemId: ACTORS.finalityTracker,
          src: 'finalityTracker',
          input: ({ context }) => ({
            config: context.config.transactions,
            climbing: context.recovered.climbing,
            now: context.now,
          }),
        },
        {
          id: ACTORS.opsBatcher,
          systemId: ACTORS.opsBatcher,
          src: 'opsBatcher',
          input: ({ context }) => ({
            batching: context.config.batching,
            transactions: context.config.transactions,
            target: context.config.chain.multicallAddress,
            gas: context.gas,
            ordering: context.ordering,
            resumable: context.recovered.batches,
            settled: context.recovered.settled,
            newId: context.newId,
            now: context.now,
          }),
        },
        {
          id: ACTORS.wallet,
          systemId: ACTORS.wallet,
          src: 'wallet',
          input: ({ context }) => ({
            address: context.walletAddress,
            minBalance: context.config.transactions.minBalance,
            stallTimeout: context.config.chain.stallTimeout,
            now: context.now,
            attempts: context.recovered.batches.flatMap(({ attempts }) => attempts),
            nextNonce: context.recovered.nextNonce,
          }),
        },
        {
          id: ACTORS.nonceTracker,
          systemId: ACTORS.nonceTracker,
          src: 'nonceTracker',
          input: ({ context }) => ({
            queued: context.recovered.queued,
            orphaned: context.recovered.orphaned,
            inBatches: context.recovered.batches.flatMap(({ operations }) => operations),
            nextSequence: context.recovered.nextSequence,
            limits: context.config.batching.limits,
            laneTimeout: context.config.batching.laneTimeout,
            operationDeadline: context.config.batching.operationDeadline,
            maxTries: context.config.batching.maxTries,
            now: context.now,
          }),
        },
      ],
      on: {
        'batch.settled': { actions: 'noteProgress' },
        'seat.lost': [{ guard: 'isServing', target: 'Restarting' }, { target: 'Ending' }],
        'xstate.error.actor.seat': [
          {
            guard: 'isServing',
            target: 'Restarting',
            actions: [{ type: 'noteCrash', params: crashOf }, 'startSeat'],
          },
          { target: 'Ending', actions: [{ type: 'noteCrash', params: crashOf }, 'startSeat'] },
        ],
        'xstate.error.actor.intake': [
          {
            guard: 'isServing',
            target: 'Restarting',
            actions: [{ type: 'noteCrash', params: crashOf }, 'startIntake'],
          },
          { target: 'Ending', actions: [{ type: 'noteCrash', params: crashOf }, 'startIntake'] },
        ],
        'xstate.error.actor.*': [
          {
            guard: 'isServing',
            target: 'Restarting',
            actions: { type: 'noteCrash', params: crashOf },
          },
          { target: 'Ending', actions: { type: 'noteCrash', params: crashOf } },
        ],
      },
      states: {
        Service: {
          initial: 'Running',
          states: {
            Running: { entry: ['forgetRecovered', 'openIntake'], on: { drain: 'Draining' } },
            Draining: {
              entry: ['closeIntake', 'drainBatcher'],
              // The next leader takes the batches over: waiting for them would only delay it.
              always: { guard: 'isShared', target: 'Flushing' },
              after: { drainTimeout: 'Flushing' },
              // A handler at the invocation would enter the other regions again.
              on: { 'xstate.done.actor.opsBatcher': 'Flushing' },
            },
            Flushing: {
              entry: 'flushWrites',
              after: { flushTimeout: '#gateway.Stopped' },
              on: { flushed: '#gateway.Stopped' },
            },
          },
        },
        ChainMonitor: {
          initial: 'Alive',
          states: {
            Alive: {
              invoke: {
                id: ACTORS.chainMonitor,
                systemId: ACTORS.chainMonitor,
                src: 'chainMonitor',
                input: ({ context }) => ({
                  stallTimeout: context.config.chain.stallTimeout,
                  feeLimits: context.config.batching.adaptive,
                  known: context.head,
                  now: context.now,
                }),
                onError: {
                  target: 'Pausing',
                  actions: [{ type: 'noteCrash', params: crashOf }, 'keepHead', 'reportStalled'],
                },
              },
            },
            Pausing: {
              always: [
                { guard: and(['isHopeless', 'isServing']), target: '#gateway.Restarting' },
                { guard: 'isHopeless', target: '#gateway.Ending' },
              ],
              after: { restartPause: 'Alive' },
            },
          },
        },
        Ticker: {
          initial: 'Alive',
          states: {
            Alive: {
              invoke: {
                id: 'ticker',
                src: 'ticker',
                input: ({ context }) => ({ now: context.now }),
                onError: { target: 'Pausing', actions: { type: 'noteCrash', params: crashOf } },
              },
            },
            Pausing: {
              always: [
                { guard: and(['isHopeless', 'isServing']), target: '#gateway.Restarting' },
                { guard: 'isHopeless', target: '#gateway.Ending' },
              ],
              after: { restartPause: 'Alive' },
            },
          },
        },
      },
    },
    Restarting: {
      initial: 'Settling',
      on: {
        drain: 'Ending',
        'xstate.error.actor.intake': [
          {
            guard: 'isHopeless',
            target: 'Failed',
            actions: [{ type: 'noteCrash', params: crashOf }, 'noteHopeless'],
          },
          {
            target: 'Restarting',
            reenter: true,
            actions: [{ type: 'noteCrash', params: crashOf }, 'startIntake'],
          },
        ],
      },
      states: {
        Settling: {
          entry: 'interruptAdmissions',
          on: { 'intake.settled': 'Pausing' },
        },
        Pausing: {
          always: { guard: 'isHopeless', target: '#gateway.Failed', actions: 'noteHopeless' },
          after: { restartPause: '#gateway.Standby' },
        },
      },
    },
    Ending: {
      entry: 'interruptAdmissions',
      after: { flushTimeout: 'Stopped' },
      on: {
        'intake.settled': 'Stopped',
        'xstate.error.actor.intake': { target: 'Stopped', actions: { type: 'noteCrash', params: crashOf } },
      },
    },
    Stopped: { type: 'final' },
    Failed: { type: 'final' },
  },
})
