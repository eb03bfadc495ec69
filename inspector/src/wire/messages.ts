/** The messages of the stream. */
import type { Json, Millis } from './basics.ts'
import type { Block, Endpoint, Fact, Sample } from './facts.ts'

/** A message of the stream or a recording. The first three types are types of `@statelyai/inspect` with a few more fields. */
export type Message =
  | ActorMessage
  | EventMessage
  | SnapshotMessage
  | FactMessage
  | SampleMessage
  | TrafficMessage

interface InspectionMessage {
  /** Session of the actor. For an event, the session of the receiver. Each batch of a slot has a separate session. */
  readonly sessionId: string
  readonly rootId: string
  /** Time in milliseconds since the Unix epoch, as text. */
  readonly createdAt: string
  /** Unique within the stream. */
  readonly id: string
  /** Version of `@statelyai/inspect`: it defines the format. */
  readonly _version: string
}

/** An actor started. */
export interface ActorMessage extends InspectionMessage {
  readonly type: '@xstate.actor'
  /** Name of the actor: `wallet`, `slot-0`, `simulateBatch`. The name of the root is the machine id. */
  readonly name: string
  /** Null for the root. */
  readonly parentId: string | null
  /** Definition of the machine as JSON, with names in place of functions. For an effect: `{"id": …}`. */
  readonly definition: string
  /** Id of the machine and its chart. Null for an effect (a promise or a callback). */
  readonly machine: string | null
  /** Snapshot with all fields of `Contexts`, including the fields with the mark "at start". */
  readonly snapshot: ActorSnapshot
  /** Ids of the active states, outermost first. Highlight these in the chart. Empty for an effect. */
  readonly states: readonly string[]
}

/** An event was sent to an actor. */
export interface EventMessage extends InspectionMessage {
  readonly type: '@xstate.event'
  /** Session of the sender. Null if the sender is not an actor, or is the clock of the system. */
  readonly sourceId: string | null
  readonly event: EventView
}

/**
 * An actor made a step. Every change of state and every end is sent. Changes of the context alone are combined and sent at most
 * once in 100 ms.
 */
export interface SnapshotMessage extends InspectionMessage {
  readonly type: '@xstate.snapshot'
  readonly event: EventView
  readonly snapshot: ActorSnapshot
  /** As in `ActorMessage`. */
  readonly states: readonly string[]
  /** Ids of the transitions since the last message of the actor, in order. Transitions without a target are left out. */
  readonly transitions: readonly string[]
}

/** The visible part of an event: type, and fields with numbers, booleans, texts or short lists. */
export interface EventView {
  readonly type: string
  readonly [field: string]: Json
}

/** The visible part of the snapshot of an actor. */
export interface ActorSnapshot {
  /** Any value except `active` means that the actor has ended. The message of a parent may come before the message of its child. */
  readonly status: 'active' | 'done' | 'error' | 'stopped'
  /** State value of a machine. */
  readonly value?: StateValue
  /**
   * Context of a machine, see `Contexts`. In a `SnapshotMessage`, an absent field is unchanged: merge the new context into the old
   * context. A machine without an entry in `Contexts` has no visible context.
   */
  readonly context?: Readonly<Record<string, Json>>
  /** Message of the error, for the status `error`. */
  readonly error?: string
}

export type StateValue = string | { readonly [state: string]: StateValue }

/** A fact: an event of the gateway for observers. */
export interface FactMessage {
  readonly type: 'opsbatcher.fact'
  readonly createdAt: string
  readonly id: string
  readonly fact: Fact
}

/** Figures of the gateway, once a second. */
export interface SampleMessage {
  readonly type: 'opsbatcher.sample'
  readonly createdAt: string
  readonly id: string
  readonly sample: Sample
}

/**
 * Counters of events that were not sent singly, by sender, receiver and type, for the last 100 ms. Sent events are not included in
 * the counters.
 */
export interface TrafficMessage {
  readonly type: 'opsbatcher.traffic'
  readonly createdAt: string
  readonly id: string
  readonly edges: readonly {
    readonly sourceId: string | null
    readonly sessionId: string
    /** Type of the events. */
    readonly event: string
    readonly count: number
  }[]
}

/** The full current state, for a page that opens at any time. */
export interface Welcome {
  /** Version of this contract. A page with another version asks for a reload. */
  readonly version: 1
  readonly gateway: {
    readonly version: string
    readonly chainId: number
    readonly registryAddress: string
    readonly startedAt: Millis
  }
  readonly limits: Limits
  /** Time of the gateway clock. `createdAt` and `at` use the same clock. */
  readonly at: Millis
  /** All active actors, parents before children, in the form of a start message. */
  readonly actors: readonly ActorMessage[]
  /** Past states of the active machines and of recently ended batches, oldest first. The number is bounded. */
  readonly paths: readonly Path[]
  /** One sample per second for the last five minutes, oldest first. */
  readonly samples: readonly Sample[]
  /** The last observed blocks, oldest first. */
  readonly blocks: readonly Block[]
  /** The fact `endpoint.changed` has later states. Absent in recordings of older versions. */
  readonly endpoints?: readonly Endpoint[]
}

/** Settings used as scales and limits of the charts. */
export interface Limits {
  readonly targetBaseFee: number
  readonly softCapBaseFee: number
  /** Maximum base fee. At or above the ceiling, only operations past their maximum wait are sent. */
  readonly maxBaseFee: number
  readonly maxConcurrentBatches: number
  readonly confirmations: number
  /** Milliseconds. */
  readonly resubmitTimeout: number
  readonly maxResubmissions: number
  /** Milliseconds. */
  readonly batchWindow: number | 'auto'
  readonly maxTransactionGas: number
  /** Time without success after which a failure is persistent, in milliseconds. */
  readonly stallTimeout: number
}

/** The past states of an actor. */
export interface Path {
  readonly sessionId: string
  readonly name: string
  readonly machine: string
  readonly startedAt: Millis
  /** Null while the actor is active. */
  readonly endedAt: Millis | null
  /** Steps, oldest first. Above the maximum, the oldest steps are left out. */
  readonly steps: readonly PathStep[]
  /** Last context of an ended actor. Null while the actor is active: the `ActorMessage` contains the context. */
  readonly context: Readonly<Record<string, Json>> | null
}

export interface PathStep {
  /** Start of the stay in these states. */
  readonly at: Millis
  /** Ids of the active states, outermost first. */
  readonly states: readonly string[]
  /** Type of the causing event. */
  readonly event: string
  /** Ids of the transitions of the step. */
  readonly transitions: readonly string[]
}

/** The reason for the end of the stream. */
export interface Dropped {
  /**
   * - `slow`: the viewer was too slow, and the missed messages are no longer available.
   * - `stopping`: the gateway stops.
   */
  readonly reason: 'slow' | 'stopping'
  readonly at: Millis
}
