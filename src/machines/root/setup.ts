/** The guards, actions, child actors and effect slots of the gateway's statechart, by name. */
import {
  type AnyActorRef,
  assign,
  type ErrorActorEvent,
  enqueueActions,
  fromPromise,
  sendTo,
  setup,
  spawnChild,
  stateIn,
} from 'xstate'
import { StartupError, UnavailableError } from '../../domain/errors.ts'
import type { SystemEvent } from '../../domain/events.ts'
import type { StartingPoint } from '../../domain/recovery.ts'
import { chainMonitorMachine } from '../chainMonitor/chainMonitor.ts'
import { finalityTrackerMachine } from '../finalityTracker/finalityTracker.ts'
import { intakeMachine } from '../intake/intake.ts'
import { nonceTrackerMachine } from '../nonceTracker/nonceTracker.ts'
import { notProvided } from '../notProvided.ts'
import { opsBatcherMachine } from '../opsBatcher/opsBatcher.ts'
import { ACTORS, type Inbox, to } from '../protocol.ts'
import { requestTrackerMachine } from '../requestTracker/requestTracker.ts'
import { seatMachine } from '../seat/seat.ts'
import { walletMachine } from '../wallet/wallet.ts'
import { emptyStart, type GatewayContext, type GatewayInput, noDelays } from './context.ts'
import { isHopeless, noteCrash, noteProgress, restartPause, startPause } from './crashes.ts'
import { tickerMachine } from './ticker.ts'

export interface Crashed {
  readonly actor: string
  readonly error: unknown
}

type Children = Readonly<Record<string, AnyActorRef | undefined>>

export const gatewaySetup = setup({
  types: {
    context: {} as GatewayContext,
    input: {} as GatewayInput,
    events: {} as Inbox['gateway'] | ErrorActorEvent,
    emitted: {} as SystemEvent,
    children: {} as { intake: 'intake'; seat: 'seat' },
  },
  actors: {
    /** Checks that chain and store belong together. */
    prepareStart: fromPromise<void>(notProvided('prepareStart')),
    /** Loads the work that the store holds. */
    recover: fromPromise<StartingPoint>(notProvided('recover')),
    chainMonitor: chainMonitorMachine,
    finalityTracker: finalityTrackerMachine,
    intake: intakeMachine,
    nonceTracker: nonceTrackerMachine,
    opsBatcher: opsBatcherMachine,
    requestTracker: requestTrackerMachine,
    seat: seatMachine,
    ticker: tickerMachine,
    wallet: walletMachine,
  },
  delays: {
    drainTimeout: ({ context }) => context.config.drainTimeout,
    flushTimeout: ({ context }) => context.config.drainTimeout,
    restartPause: ({ context }) => restartPause(context.crashes),
    startPause: ({ context }) => startPause(context.delays.count),
  },
  guards: {
    /** The chain or the store does not answer. A later try can succeed. */
    isOutage: (_, { error }: Crashed) => error instanceof UnavailableError,
    isDefectOfRestart: ({ context }, { error }: Crashed) =>
      context.crashes.last !== null && !(error instanceof StartupError),
    isHopeless: ({ context }) => isHopeless(context.crashes),
    isShared: ({ context }) => isShared(context),
    isServing: stateIn({ Active: { Service: 'Running' } }),
  },
  actions: {
    startIntake: spawnChild('intake', {
      id: ACTORS.intake,
      systemId: ACTORS.intake,
      input: ({ context }) => ({ now: context.now }),
    }),
    startSeat: spawnChild('seat', {
      id: ACTORS.seat,
      systemId: ACTORS.seat,
      input: ({ context }) => ({ isSole: !isShared(context), now: context.now }),
    }),
    requestSeat: sendTo(to('seat'), { type: 'seat.wanted' }),
    noteRecovered: assign((_, { recovered }: { recovered: StartingPoint }) => ({
      recovered,
      head: recovered.head,
      delays: noDelays,
    })),
    /** The next chainMonitor continues from the last head, and so notices a reorg during the pause. */
    keepHead: assign({
      head: ({ context, self }) => {
        const children: Children = self.getSnapshot().children
        return children[ACTORS.chainMonitor]?.getSnapshot()?.context?.head ?? context.head
      },
    }),
    /** The actors have taken the recovered work. A copy of a long queue would waste memory. */
    forgetRecovered: assign({ recovered: emptyStart }),
    noteFailure: assign({ failure: (_, { error }: Crashed) => error }),
    noteDelay: enqueueActions(({ context, enqueue }, { error }: Crashed) => {
      const count = context.delays.count + 1
      const { message } = describe(error, context.redact)
      enqueue.assign({ delays: { count, message } })
      enqueue.emit({ type: 'start.delayed', message, pause: startPause(count), at: context.now() })
    }),
    noteHopeless: assign({ failure: ({ context }) => context.crashes.last?.error }),
    noteProgress: assign({ crashes: ({ context }) => noteProgress(context.crashes) }),
    noteCrash: enqueueActions(({ context, enqueue, self }, { actor, error }: Crashed) => {
      const at = context.now()
      const { message, stack } = describe(error, context.redact)
      const crashes = noteCrash(context.crashes, { actor, error, message, at })
      enqueue.assign({ crashes })
      const restarts = crashes.counts[actor] ?? 0
      enqueue.emit({ type: 'actor.crashed', actor, message, stack, restarts, at })
      // XState does not stop the children of an actor that crashed in an action. Their events would reach the next actors.
      const children: Children = self.getSnapshot().children
      for (const orphan of livingDescendants(children[actor])) {
        enqueue.sendTo(orphan, { type: 'xstate.stop' })
      }
    }),
    openIntake: sendTo(to('intake'), { type: 'intake.opened' }),
    closeIntake: sendTo(to('intake'), { type: 'intake.closed' }),
    interruptAdmissions: sendTo(to('intake'), { type: 'admissions.interrupted' }),
    /** No block is observed without a chainMonitor. The opsBatcher must be able to say why it does not send. */
    reportStalled: sendTo(to('opsBatcher'), { type: 'chain.stalled' }),
    drainBatcher: sendTo(to('opsBatcher'), { type: 'drain' }),
    flushWrites: sendTo(to('requestTracker'), { type: 'flush.requested' }),
  },
})

/** True if several processes share the store. */
function isShared({ config }: GatewayContext): boolean {
  return config.databaseUrl !== null
}

/** The crash that an error event of a child reports. */
export function crashOf({ event }: { readonly event: ErrorActorEvent }): Crashed {
  return { actor: event.actorId, error: event.error }
}

/** Longer messages are cut, because they go into a log line and an HTTP answer. */
const LONGEST_MESSAGE = 300

/** The message of an error in one line, and its stack, without secrets. */
function describe(error: unknown, redact: GatewayInput['redact']) {
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  const stack = error instanceof Error ? (error.stack ?? null) : null
  return {
    message: redact(message).replaceAll(/\s+/g, ' ').slice(0, LONGEST_MESSAGE),
    stack: stack === null ? null : redact(stack),
  }
}

/** The running descendants of an actor, the deepest first. */
function livingDescendants(actor: AnyActorRef | undefined): readonly AnyActorRef[] {
  const children: Readonly<Record<string, AnyActorRef>> = actor?.getSnapshot()?.children ?? {}
  return Object.values(children).flatMap((child) => {
    const isRunning = child.getSnapshot()?.status === 'active'
    return isRunning ? [...livingDescendants(child), child] : livingDescendants(child)
  })
}
