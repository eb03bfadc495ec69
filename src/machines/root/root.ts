/**
 * gateway: the root of the actor system, and the supervisor of its actors.
 *
 * | state           | entered when                                       | left when                                             |
 * | --------------- | -------------------------------------------------- | ----------------------------------------------------- |
 * | Starting        | at the start                                       | the chain and the store have shown to belong together, or not |
 * | Recovering      | chain and store are known; the pause after a crash is over | what the store remembers is loaded, or cannot be; `drain` |
 * | Active          | there is something to go on from                   | it has stopped; an actor that holds state has died; one that does not does nothing but die |
 * | · Service       |                                                    |                                                       |
 * | · · Running     | the actors live; operations are taken              | `drain`                                               |
 * | · · Draining    | no operation is taken; batches finish              | the last batch has ended, or the deadline has passed  |
 * | · · Flushing    | no batch is waited for                             | the last write is on disk, or the deadline has passed |
 * | · ChainMonitor, Ticker |                                             |                                                       |
 * | · · Alive       | at once; the pause is over                         | the actor has died                                    |
 * | · · Pausing     | it has died; the others go on without it           | the pause is over; or dying has gone on for too long  |
 * | Restarting      | Active was left while operations were taken; they could not be loaded again | the pause is over; `drain`   |
 * | · Settling      | a commit may be under way                          | it has ended, and who waited for admission is answered |
 * | · Pausing       | nothing of the former life goes on                 | the pause is over; or dying has gone on for too long  |
 * | Ending          | it is to stop, and its actors are gone             | a commit under way has ended, or the deadline has passed |
 * | Stopped         | everything has ended in order                      | never                                                 |
 * | Failed          | it could not start, or starting again is of no use | never                                                 |
 *
 * The store is the truth, so an actor that holds state is not mended: all of them go, and the next ones begin with what is
 * on disk. The chainMonitor and the ticker hold nothing that matters, and are started again alone.
 *
 * Promises: no operation is taken before everything that was known at the last stop or crash is in its place again; nothing
 * of a former life is heard of in the next; who has asked it to stop never sees it take operations again, nor fail; what is
 * not finished when it stops is on disk, and the next start goes on from there.
 */
import {
  type AnyActorRef,
  and,
  assign,
  type ErrorActorEvent,
  enqueueActions,
  fromPromise,
  sendTo,
  setup,
  stateIn,
} from 'xstate'
import type { BlockHead } from '../../domain/chain.ts'
import type { GatewayConfig } from '../../domain/config.ts'
import type { SystemEvent } from '../../domain/events.ts'
import type { Address, Now } from '../../domain/primitives.ts'
import type { StartingPoint } from '../../domain/recovery.ts'
import type { GasModel } from '../../policy/gasModel.ts'
import { chainMonitorMachine } from '../chainMonitor/chainMonitor.ts'
import { nonceTrackerMachine } from '../nonceTracker/nonceTracker.ts'
import { notProvided } from '../notProvided.ts'
import { opsBatcherMachine } from '../opsBatcher/opsBatcher.ts'
import { noSettledWork } from '../opsBatcher/settledWork.ts'
import { ACTORS, to } from '../protocol.ts'
import { requestTrackerMachine } from '../requestTracker/requestTracker.ts'
import { walletMachine } from '../wallet/wallet.ts'
import { type Crashes, isHopeless, noCrashes, noteCrash, noteProgress, restartPause } from './crashes.ts'
import { tickerMachine } from './ticker.ts'

export interface GatewayContext extends GatewayInput {
  readonly recovered: StartingPoint
  /** Where watching begins. */
  readonly head: BlockHead | null
  readonly crashes: Crashes
  readonly failure: unknown
}

export interface GatewayInput {
  readonly config: GatewayConfig
  readonly walletAddress: Address
  /** What each kind of operation is estimated to cost, until it is measured. */
  readonly gas: GasModel['start']
  readonly newId: () => string
  readonly now: Now
  /** Blanks secrets in a text that observers get to see. */
  readonly redact: (text: string) => string
}

export type GatewayMachineEvent =
  | { readonly type: 'drain' }
  /** The requestTracker has nothing left to write. */
  | { readonly type: 'flushed' }
  /** A batch came to its end. */
  | { readonly type: 'batch.settled' }
  | ErrorActorEvent

/** Where a gateway begins that has nothing to go on from. */
export const nothing: StartingPoint = {
  queued: [],
  batches: [],
  settled: noSettledWork,
  orphaned: [],
  head: null,
  nextSequence: 1,
}

export const gatewayMachine = setup({
  types: {
    context: {} as GatewayContext,
    input: {} as GatewayInput,
    events: {} as GatewayMachineEvent,
    emitted: {} as SystemEvent,
  },
  actors: {
    prepareStart: fromPromise<void>(notProvided('prepareStart')),
    /** Ends when no commit is under way, and whoever waited for admission knows whether the operation was stored. */
    settle: fromPromise<void>(notProvided('settle')),
    recover: fromPromise<StartingPoint>(notProvided('recover')),
    chainMonitor: chainMonitorMachine,
    nonceTracker: nonceTrackerMachine,
    opsBatcher: opsBatcherMachine,
    requestTracker: requestTrackerMachine,
    ticker: tickerMachine,
    wallet: walletMachine,
  },
  delays: {
    drainTimeout: ({ context }) => context.config.drainTimeout,
    flushTimeout: ({ context }) => context.config.drainTimeout,
    restartPause: ({ context }) => restartPause(context.crashes),
  },
  guards: {
    isRestart: ({ context }) => context.crashes.last !== null,
    isHopeless: ({ context }) => isHopeless(context.crashes),
    isServing: stateIn({ Active: { Service: 'Running' } }),
  },
  actions: {
    noteRecovered: assign((_, { recovered }: { recovered: StartingPoint }) => ({
      recovered,
      head: recovered.head,
    })),
    /** The next chainMonitor goes on from where this one was: a reorg meanwhile is one, too. */
    keepHead: assign({
      head: ({ context, self }) => {
        const children: Readonly<Record<string, AnyActorRef | undefined>> = self.getSnapshot().children
        return children[ACTORS.chainMonitor]?.getSnapshot()?.context?.head ?? context.head
      },
    }),
    forgetRecovered: assign({ recovered: nothing }),
    noteFailure: assign({ failure: (_, { error }: { error: unknown }) => error }),
    noteHopeless: assign({ failure: ({ context }) => context.crashes.last?.error }),
    noteProgress: assign({ crashes: ({ context }) => noteProgress(context.crashes) }),
    noteCrash: enqueueActions(({ context, event, enqueue, self }) => {
      if (!('error' in event)) return
      const { actorId: actor, error } = event
      const at = context.now()
      const { message, stack } = describe(error, context.redact)
      const crashes = noteCrash(context.crashes, { actor, error, message, at })
      enqueue.assign({ crashes })
      enqueue.emit({
        type: 'actor.crashed',
        actor,
        message,
        stack,
        restarts: crashes.counts[actor] ?? 0,
        at,
      })
      // An actor that dies of its own action leaves its children behind: they would go on, and speak to the next life.
      const children: Readonly<Record<string, AnyActorRef | undefined>> = self.getSnapshot().children
      for (const orphan of livingDescendants(children[actor])) {
        enqueue.sendTo(orphan, { type: 'xstate.stop' })
      }
    }),
    /** Nobody sees blocks meanwhile: the batcher is to say why it does not send. */
    tellStalled: sendTo(to('opsBatcher'), { type: 'chain.stalled' }),
    drainBatcher: sendTo(to('opsBatcher'), { type: 'drain' }),
    flushWrites: sendTo(to('requestTracker'), { type: 'flush.requested' }),
  },
}).createMachine({
  id: 'gateway',
  context: ({ input }) => ({ ...input, recovered: nothing, head: null, crashes: noCrashes, failure: null }),
  initial: 'Starting',
  on: {
    // Of an actor that dies while the others are being stopped: one restart is enough for both.
    'xstate.error.actor.*': { actions: 'noteCrash' },
  },
  states: {
    Starting: {
      invoke: {
        id: 'prepareStart',
        src: 'prepareStart',
        onDone: 'Recovering',
        onError: {
          target: 'Failed',
          actions: { type: 'noteFailure', params: ({ event }) => ({ error: event.error }) },
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
          { guard: 'isRestart', target: 'Restarting', actions: 'noteCrash' },
          {
            target: 'Failed',
            actions: { type: 'noteFailure', params: ({ event }) => ({ error: event.error }) },
          },
        ],
      },
      on: { drain: 'Ending' },
    },
    Active: {
      type: 'parallel',
      // In the order in which they start: whoever speaks at its start finds the one it speaks to.
      invoke: [
        {
          id: ACTORS.requestTracker,
          systemId: ACTORS.requestTracker,
          src: 'requestTracker',
          input: ({ context }) => ({ now: context.now, retention: context.config.retention }),
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
            now: context.now,
            attempts: context.recovered.batches.flatMap(({ attempts }) => attempts),
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
            laneTimeout: context.config.batching.laneTimeout,
            maxTries: context.config.batching.maxTries,
            now: context.now,
          }),
        },
      ],
      on: {
        'batch.settled': { actions: 'noteProgress' },
        'xstate.error.actor.*': [
          { guard: 'isServing', target: 'Restarting', actions: 'noteCrash' },
          { target: 'Ending', actions: 'noteCrash' },
        ],
      },
      states: {
        Service: {
          initial: 'Running',
          states: {
            // The actors have been given what was recovered by now; a copy of a long queue is not kept.
            Running: { entry: 'forgetRecovered', on: { drain: 'Draining' } },
            Draining: {
              entry: 'drainBatcher',
              after: { drainTimeout: 'Flushing' },
              // Here, and not with the invocation: from there it would begin the other regions anew.
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
                  known: context.head,
                  now: context.now,
                }),
                onError: { target: 'Pausing', actions: ['noteCrash', 'keepHead', 'tellStalled'] },
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
                onError: { target: 'Pausing', actions: 'noteCrash' },
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
      on: { drain: 'Ending' },
      states: {
        Settling: {
          invoke: { id: 'settle', src: 'settle', onDone: 'Pausing', onError: 'Pausing' },
        },
        Pausing: {
          always: { guard: 'isHopeless', target: '#gateway.Failed', actions: 'noteHopeless' },
          after: { restartPause: '#gateway.Recovering' },
        },
      },
    },
    Ending: {
      invoke: { id: 'settle', src: 'settle', onDone: 'Stopped', onError: 'Stopped' },
      after: { flushTimeout: 'Stopped' },
    },
    Stopped: { type: 'final' },
    Failed: { type: 'final' },
  },
})

/** Longer messages are cut: they go into a log line and an HTTP answer. */
const LONGEST_MESSAGE = 300

/** What an error says, in one line and with its trace, without secrets. */
function describe(error: unknown, redact: GatewayInput['redact']) {
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  const stack = error instanceof Error ? (error.stack ?? null) : null
  return {
    message: redact(message).replaceAll(/\s+/g, ' ').slice(0, LONGEST_MESSAGE),
    stack: stack === null ? null : redact(stack),
  }
}

/** Those of an actor's children, theirs, and so on, that live: the deepest first. */
function livingDescendants(actor: AnyActorRef | undefined): readonly AnyActorRef[] {
  const children: Readonly<Record<string, AnyActorRef>> = actor?.getSnapshot()?.children ?? {}
  return Object.values(children).flatMap((child) => {
    const isAlive = child.getSnapshot()?.status === 'active'
    return isAlive ? [...livingDescendants(child), child] : livingDescendants(child)
  })
}
