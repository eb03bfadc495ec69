/** The guards, actions, delays and effect slots of the seat's statechart, by name. */
import { assign, enqueueActions, fromPromise, sendTo, setup } from 'xstate'
import type { SystemEvent } from '../../domain/events.ts'
import type { DurationMs, Millis, Now } from '../../domain/primitives.ts'
import { type Leader, SEAT_TTL, SeatLostError, type SeatReport } from '../../domain/seat.ts'
import { notProvided } from '../notProvided.ts'
import { type Inbox, to } from '../protocol.ts'

export interface SeatInput {
  /** True for a store that belongs to this process alone. */
  readonly isSole: boolean
  readonly now: Now
}

export interface SeatContext extends SeatInput {
  /** The process that leads, as far as is known; null before the first answer. */
  readonly leader: Leader | null
  /** When the last question to the store was asked. */
  readonly askedAt: Millis
  /** Until then no other process can have taken the seat by its time to live. */
  readonly trustedUntil: Millis
  /** Why the store did not answer the last question; null if it answered. */
  readonly failure: string | null
}

export interface FailureParams {
  readonly error: unknown
}

export function startContext(input: SeatInput): SeatContext {
  return { ...input, leader: null, askedAt: 0, trustedUntil: 0, failure: null }
}

/** A takeover by an ended process waits for this pause at most. */
const STANDING_PAUSE: DurationMs = 100
/** Several renewals fit into the time to live. */
const RENEWAL_PAUSE: DurationMs = 1_000

export const seatSetup = setup({
  types: {
    context: {} as SeatContext,
    input: {} as SeatInput,
    events: {} as Inbox['seat'],
    emitted: {} as SystemEvent,
  },
  actors: {
    /** Takes the seat if it is free. */
    takeSeat: fromPromise<SeatReport>(notProvided('takeSeat')),
    /** Keeps the seat. Fails with a SeatLostError if another process leads. */
    renewSeat: fromPromise<void>(notProvided('renewSeat')),
  },
  delays: { standingPause: STANDING_PAUSE, renewalPause: RENEWAL_PAUSE },
  guards: {
    isSole: ({ context }) => context.isSole,
    isOurs: (_, { isOurs }: SeatReport) => isOurs,
    isLost: ({ context }, { error }: FailureParams) =>
      error instanceof SeatLostError || context.now() >= context.trustedUntil,
  },
  actions: {
    noteAsking: assign({ askedAt: ({ context }) => context.now() }),
    /** The time to live counts from the question: the store may have answered late. */
    trust: assign({ trustedUntil: ({ context }) => context.askedAt + SEAT_TTL, failure: null }),
    noteLeader: enqueueActions(({ context, enqueue }, { isOurs, ...leader }: SeatReport) => {
      enqueue.assign({ leader, failure: null })
      if (leader.epoch === context.leader?.epoch) return
      enqueue.emit({ type: isOurs ? 'seat.taken' : 'seat.observed', leader, at: context.now() })
    }),
    noteFailure: enqueueActions(({ context, enqueue }, { error }: FailureParams) => {
      const failure = String(error)
      enqueue.assign({ failure })
      if (context.failure === null)
        enqueue.emit({ type: 'seat.failing', message: failure, at: context.now() })
    }),
    noteLoss: enqueueActions(({ context, enqueue }, { error }: FailureParams) => {
      enqueue.assign({ leader: null, trustedUntil: 0 })
      enqueue.emit({ type: 'seat.lost', reason: String(error), at: context.now() })
    }),
    tellTaken: sendTo(to('gateway'), { type: 'seat.taken' }),
    tellLost: sendTo(to('gateway'), { type: 'seat.lost' }),
  },
})
