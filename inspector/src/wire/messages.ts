/** The messages of the stream. */
import type { Json, Millis } from './basics.ts'
import type { Block, Fact, Sample } from './facts.ts'

/** What the stream carries and a recording holds. The first three are those of `@statelyai/inspect`, plus a few fields. */
export type Message =
  | ActorMessage
  | EventMessage
  | SnapshotMessage
  | FactMessage
  | SampleMessage
  | TrafficMessage

interface InspectionMessage {
  /** The actor that it is about; of an event, the receiver. A slot's next tenant has another one. */
  readonly sessionId: string
  readonly rootId: string
  /** Milliseconds since the Unix epoch, as text. */
  readonly createdAt: string
  /** Unique within the stream. */
  readonly id: string
  /** The version of `@statelyai/inspect` whose shapes these are. */
  readonly _version: string
}

/** An actor was born. */
export interface ActorMessage extends InspectionMessage {
  readonly type: '@xstate.actor'
  /** Its id with its parent: `wallet`, `slot-0`, `simulateBatch`. The root's is its machine's. */
  readonly name: string
  /** Null for the root. */
  readonly parentId: string | null
  /** JSON of the machine's definition, names in place of functions; of anything else `{"id": …}`. */
  readonly definition: string
  /** The machine that it runs, which is the name of its chart; null for an effect (a promise or a callback). */
  readonly machine: string | null
  /** With everything that `Contexts` lists, the fields marked "at birth" included. */
  readonly snapshot: ActorSnapshot
  /** The ids of its active states, outermost first; light exactly these in its chart. Empty for an effect. */
  readonly states: readonly string[]
}

/** An event was sent to an actor. */
export interface EventMessage extends InspectionMessage {
  readonly type: '@xstate.event'
  /** Null when the sender is no actor, or is the system's clock. */
  readonly sourceId: string | null
  readonly event: EventView
}

/**
 * An actor has taken a step. Each change of state is told, and each end; changes of context alone are gathered and told
 * at most once in 100 ms.
 */
export interface SnapshotMessage extends InspectionMessage {
  readonly type: '@xstate.snapshot'
  readonly event: EventView
  readonly snapshot: ActorSnapshot
  /** As in `ActorMessage`. */
  readonly states: readonly string[]
  /** The ids of the transitions that were taken since the actor's last message, in order; internal ones are left out. */
  readonly transitions: readonly string[]
}

/** What is shown of an event: its type, and fields that are numbers, booleans, texts or short lists of those. */
export interface EventView {
  readonly type: string
  readonly [field: string]: Json
}

/** What is shown of an actor's snapshot. */
export interface ActorSnapshot {
  /** Anything but `active` is the actor's end. A parent may tell of its child's end before the child does. */
  readonly status: 'active' | 'done' | 'error' | 'stopped'
  /** A machine's state value. */
  readonly value?: StateValue
  /**
   * A machine's context as `Contexts` lists it by machine. In a `SnapshotMessage` a field that is absent is as it was: lay
   * the new context over the old one. A machine that `Contexts` does not list has none.
   */
  readonly context?: Readonly<Record<string, Json>>
  /** Why it ended, for `error`. */
  readonly error?: string
}

export type StateValue = string | { readonly [state: string]: StateValue }

/** Something that happened in the domain; what the actors tell observers. */
export interface FactMessage {
  readonly type: 'opsbatcher.fact'
  readonly createdAt: string
  readonly id: string
  readonly fact: Fact
}

/** How the gateway is, once a second. */
export interface SampleMessage {
  readonly type: 'opsbatcher.sample'
  readonly createdAt: string
  readonly id: string
  readonly sample: Sample
}

/**
 * Events that were too many to be told one by one: how often each was sent along each edge within the last 100 ms. They
 * come in addition to those that were told.
 */
export interface TrafficMessage {
  readonly type: 'opsbatcher.traffic'
  readonly createdAt: string
  readonly id: string
  readonly edges: readonly {
    readonly sourceId: string | null
    readonly sessionId: string
    /** The events' type. */
    readonly event: string
    readonly count: number
  }[]
}

/** Everything that a page needs to be complete, however late it is opened. */
export interface Welcome {
  /** Of this contract. A page that knows another one says so and asks to be reloaded. */
  readonly version: 1
  readonly gateway: {
    readonly version: string
    readonly chainId: number
    readonly registryAddress: string
    readonly startedAt: Millis
  }
  readonly limits: Limits
  /** The gateway's clock when this was made; `createdAt` and `at` are by it. */
  readonly at: Millis
  /** Every actor that lives, parents before children, each as if it were born now. */
  readonly actors: readonly ActorMessage[]
  /** Which states each live machine was in, and recently ended batches, oldest first; bounded. */
  readonly paths: readonly Path[]
  /** One a second, oldest first: the last five minutes. */
  readonly samples: readonly Sample[]
  /** Oldest first: the last blocks that were seen. */
  readonly blocks: readonly Block[]
}

/** Settings that the charts are drawn against. */
export interface Limits {
  readonly targetBaseFee: number
  readonly softCapBaseFee: number
  /** The ceiling: from here on nothing is sent. */
  readonly maxBaseFee: number
  readonly maxConcurrentBatches: number
  readonly confirmations: number
  /** Milliseconds. */
  readonly resubmitTimeout: number
  readonly maxResubmissions: number
  /** Milliseconds. */
  readonly batchWindow: number
  readonly maxTransactionGas: number
}

/** The states that an actor has been in. */
export interface Path {
  readonly sessionId: string
  readonly name: string
  readonly machine: string
  readonly startedAt: Millis
  /** Null while it lives. */
  readonly endedAt: Millis | null
  /** Oldest first; the first ones are left out when it has been in too many. */
  readonly steps: readonly PathStep[]
  /** The last context of one that has ended, as `Contexts` lists it; null while it lives: its `ActorMessage` has it. */
  readonly context: Readonly<Record<string, Json>> | null
}

export interface PathStep {
  /** When it got there. */
  readonly at: Millis
  /** The ids of the active states from then on, outermost first. */
  readonly states: readonly string[]
  /** The type of the event that led there. */
  readonly event: string
  /** The ids of the transitions that led there. */
  readonly transitions: readonly string[]
}

/** Why the stream ends. */
export interface Dropped {
  /**
   * - `slow`: this viewer did not keep up; what it missed is not sent any more.
   * - `stopping`: the gateway stops.
   */
  readonly reason: 'slow' | 'stopping'
  readonly at: Millis
}
