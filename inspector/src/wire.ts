/**
 * The contract between the gateway and whoever watches it: the page, the bridge, a recording. Types only; both sides
 * import this file and nothing else of each other.
 *
 * Times are milliseconds since the Unix epoch, fees are wei per gas, gas is gas; balances are decimal strings of wei.
 * Nothing here is a bigint, no calldata, no signature, no signed bytes. Ids of operations are bare UUIDs; the HTTP
 * routes take them with or without `gw_`.
 *
 * ## Routes of the gateway's own port
 *
 * | route | answer |
 * | --- | --- |
 * | `GET /inspector` | the page: `inspector/dist/index.html` |
 * | `GET /inspector/assets/{file}` | the page's files: `inspector/dist/assets/{file}`, flat |
 * | `GET /inspector/stream` | the stream, `text/event-stream` |
 * | `GET /inspector/charts` | a `ChartList` |
 * | `GET /inspector/charts/{machine}.svg` | a statechart; see `Chart` for what can be lit in it |
 * | `GET /operations/{id}`, `/batches`, `/batches/{id}`, `/chain`, `/wallet`, `/health` | as `/openapi.json` says; snake case |
 *
 * All are reads. Where an operator token is configured, the routes under `/inspector` want it: as
 * `Authorization: Bearer`, or once as `GET /inspector?token=…`, which sets a cookie and redirects to `/inspector`. Without
 * it they answer 401. The page needs to do nothing for that: `fetch` and `EventSource` send the cookie.
 *
 * The content security policy is `default-src 'none'` with `'self'` for scripts, styles, images (and `data:` images),
 * fonts and connections: no inline script, no inline style (`style=""` in markup included; `element.style.x = …` from a
 * script is allowed), nothing from elsewhere. A recording is opened with a file input and saved through a `blob:` link.
 *
 * ## The stream
 *
 * | event | data | when |
 * | --- | --- | --- |
 * | `welcome` | `Welcome` | first; and again after a reconnection that cannot be resumed: replace all state by it |
 * | `messages` | `Message[]` | every 100 ms in which something happened, in order |
 * | `dropped` | `Dropped` | last; the server closes, and EventSource comes back by itself |
 *
 * Every event has an id. A reconnection with `Last-Event-ID` goes on after it without `welcome` when the gateway still
 * has what was missed. A comment line comes at least every 15 s.
 *
 * ## What each view is made of
 *
 * | view | from |
 * | --- | --- |
 * | Overview: the diagram | `Welcome.actors`, then `@xstate.actor` and `@xstate.snapshot` (`states` is lit); an event moves along the edge `sourceId` → `sessionId` of `@xstate.event`; `opsbatcher.traffic` is many of them at once |
 * | Overview: the small charts | `Welcome.samples` and `opsbatcher.sample` (queue depth, oldest age, rates from the differences of the counters); `Welcome.blocks` and the fact `block.observed` (base fee, its average, block ticks); ceilings from `Welcome.limits` |
 * | Batches: lanes over time | `Welcome.paths` of machine `pendingBatch` (live and recently ended), then `@xstate.actor` (a slot's new tenant) and `@xstate.snapshot` with a changed `states`; fact `batch.resubmitted` marks; older batches from `GET /batches` |
 * | Batch: lit chart, path, timeline | its `Path`, its `@xstate.snapshot`s (`states`, `transitions`), the `@xstate.event`s to its session and the facts with its `batchId` |
 * | Batch: operations, outcomes, gas, attempts | `Contexts['pendingBatch']` while it lives and fact `batch.finalized`/`batch.failed` at its end (that is all a recording has); live also `GET /batches/{id}`. Why an attempt replaced another: fact `batch.resubmitted` with its `txHash` |
 * | Operation | `GET /operations/{id}`; in a recording: the batch whose `operations` hold it, its path, and its outcome in the fact |
 * | Lanes | `Contexts['nonceTracker'].gaps` |
 * | Replay | a `Recording`: the same `Welcome` and `Message`s; time is `createdAt` |
 */

/** A point in time: milliseconds since the Unix epoch. */
type Millis = number

/** A UUID. */
type Id = string

// ---------------------------------------------------------------------------------------------------------- messages

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

// ------------------------------------------------------------------------------------------------------------ facts

/** What became of an operation in a batch. */
export interface Outcome {
  readonly type: 'Finalized' | 'Failed' | 'Evicted'
  /** Decoded: `MismatchedSignatureNonce(42, 8, 7)`, `NonceTooHigh`, `Timeout`; null for a finalized one. */
  readonly reason: string | null
}

/** How a batch ended. */
interface BatchEnd {
  readonly batchId: Id
  readonly txHash: string | null
  readonly blockNumber: number | null
  readonly gasUsed: number
  /** By operation id: those that ended in it and those that simulation dropped. */
  readonly outcomes: Readonly<Record<Id, Outcome>>
  readonly createdAt: Millis
  readonly simulationCompletedAt: Millis | null
  readonly submittedAt: Millis | null
  readonly finalizedAt: Millis
  readonly resubmissionCount: number
  /** Why it ended without a transaction of its own; null for a batch that landed. */
  readonly failure: string | null
  readonly at: Millis
}

/** A new kind of fact may come before a page knows it: ignore what is not known. */
export type Fact =
  | {
      readonly type: 'batch.spawned'
      readonly batchId: Id
      /** Its actor is `slot-<n>`. */
      readonly slot: number
      /** How many ride in it. */
      readonly operations: number
      readonly gasBudget: number
      readonly at: Millis
    }
  | {
      readonly type: 'batch.simulated'
      readonly batchId: Id
      readonly kept: number
      readonly failed: number
      readonly evicted: number
      readonly gasLimit: number
      /** Milliseconds since it was spawned. */
      readonly duration: number
      readonly at: Millis
    }
  | {
      readonly type: 'batch.submitted'
      readonly batchId: Id
      readonly txHash: string
      readonly nonce: number
      readonly maxFeePerGas: number
      readonly maxPriorityFeePerGas: number
      /** Milliseconds since it was simulated. */
      readonly duration: number
      readonly at: Millis
    }
  | {
      readonly type: 'batch.resubmitted'
      readonly batchId: Id
      readonly reason: string
      /** False when the same bytes were sent again. */
      readonly replaced: boolean
      /** Of the new attempt. */
      readonly txHash: string
      readonly at: Millis
    }
  | {
      readonly type: 'batch.included'
      readonly batchId: Id
      readonly txHash: string
      readonly blockNumber: number
      readonly blocksWaited: number
      /** Milliseconds since the first broadcast. */
      readonly duration: number
      readonly at: Millis
    }
  | {
      readonly type: 'batch.reorged'
      readonly batchId: Id
      readonly txHash: string
      readonly at: Millis
    }
  | ({ readonly type: 'batch.finalized' } & BatchEnd)
  | ({ readonly type: 'batch.failed' } & BatchEnd)
  | {
      /** An operation was turned away at the door. */
      readonly type: 'operation.refused'
      readonly kind: string
      readonly code: string
      readonly at: Millis
    }
  | {
      /** An operation has failed for good, in a batch or waiting for one. Successes are counted in the samples. */
      readonly type: 'operation.failed'
      readonly id: Id
      readonly kind: string
      readonly reason: string
      readonly receivedAt: Millis
      readonly at: Millis
    }
  | ({ readonly type: 'block.observed' } & Block)
  | {
      readonly type: 'chain.reorged'
      readonly depth: number
      readonly blockNumber: number
      readonly at: Millis
    }
  | { readonly type: 'chain.stalled'; readonly message: string; readonly at: Millis }
  | { readonly type: 'chain.followed'; readonly at: Millis }
  | { readonly type: 'batcher.throttled'; readonly reason: string; readonly at: Millis }
  | { readonly type: 'store.failing'; readonly message: string; readonly at: Millis }

/** A block as the chain monitor saw it. */
export interface Block {
  readonly number: number
  readonly hash: string
  readonly baseFee: number
  /** The moving average up to this block. */
  readonly baseFeeEma: number
  readonly gasUsed: number
  readonly gasLimit: number
  /** When it was seen here. */
  readonly at: Millis
}

// ---------------------------------------------------------------------------------------------------------- samples

/** How the gateway is at one moment. Counters start at 0 with the gateway. */
export interface Sample {
  readonly at: Millis
  /** Operations ready to be batched: the queue's depth. */
  readonly ready: number
  /** Operations that wait for an earlier nonce of their account. */
  readonly waiting: number
  /** Milliseconds that the oldest ready operation has waited; null for an empty queue. */
  readonly oldestAge: number | null
  /** Batches that are not at their end. */
  readonly batches: number
  /** Counter: operations taken. */
  readonly accepted: number
  /** Counter: operations turned away. */
  readonly refused: number
  /** Counter: operations finalized. */
  readonly finalized: number
  /** Counter: operations failed for good. */
  readonly failed: number
  /** Counter: commits of the store. */
  readonly commits: number
  /** Counter: calls to the chain. */
  readonly chainCalls: number
  /** Counter: those of them that were not answered. */
  readonly chainFailures: number
}

// ---------------------------------------------------------------------------------------------------------- welcome

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
  /** Its context as `Contexts` lists it, "at birth" included: for a batch that has ended, its last. */
  readonly context: Readonly<Record<string, Json>>
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

// -------------------------------------------------------------------------------------------------------- recording

/** A recording: a JSON file of what a viewer received. A simulation run writes the same. */
export interface Recording {
  readonly format: 'opsbatcher.recording'
  readonly version: 1
  readonly source: 'gateway' | 'simulation'
  readonly savedAt: Millis
  /** The state in which the first message finds the system. */
  readonly welcome: Welcome
  readonly messages: readonly Message[]
}

// --------------------------------------------------------------------------------------------------------- contexts

/**
 * What is shown of each machine's context, by the machine's id. All fields may be absent (a machine may change): show what
 * is there. Fields marked "at birth" come with `ActorMessage` and `Path` only.
 */
export interface Contexts {
  readonly gateway: { readonly failure: string | null }
  readonly chainMonitor: {
    readonly head: {
      readonly number: number
      readonly hash: string
      readonly baseFee: number
      readonly gasUsed: number
      readonly gasLimit: number
      /** How many. */
      readonly transactions: number
      readonly seenAt: Millis
    } | null
    readonly fees: {
      readonly baseFee: number
      readonly baseFeeEma: number
      /** From -1 (falling) to 1 (rising). */
      readonly baseFeeTrend: number
      readonly blockGasLimit: number
      /** 0 to 1. */
      readonly recentUtilization: number
    } | null
    readonly failure: string | null
  }
  readonly nonceTracker: {
    /** Accounts with an operation in flight. */
    readonly lanes: number
    readonly claims: number
    /** Operations on their way to disk. */
    readonly storing: number
    /** Operations that wait for an earlier nonce. */
    readonly waiting: number
    /** Accounts in which somebody waits; at most 50, `gapCount` says how many there are. */
    readonly gaps: readonly LaneGap[]
    readonly gapCount: number
    /** Milliseconds that an operation waits at most. */
    readonly laneTimeout: number
  }
  readonly wallet: {
    readonly address: string
    readonly balance: string | null
    readonly minBalance: string
    /** Null until it is known. */
    readonly nextNonce: number | null
    /** At most 64. */
    readonly inFlight: readonly { readonly nonce: number; readonly batchId: Id; readonly attempts: number }[]
    /** Waiting for a signature, the one being served included. */
    readonly requests: number
    readonly failure: string | null
  }
  readonly requestTracker: {
    /** Requests for a commit that wait, and that are being committed. */
    readonly waiting: number
    readonly writing: number
    readonly failure: string | null
  }
  readonly opsBatcher: {
    readonly ready: number
    readonly oldestReceivedAt: Millis | null
    /** Why it is not sending; null when it need not say. */
    readonly throttled: string | null
    /** By number; null is a free slot. */
    readonly slots: readonly ({
      readonly batchId: Id
      readonly operations: number
      readonly isIncluded: boolean
    } | null)[]
    readonly isChainFollowed: boolean
    readonly isWalletAvailable: boolean
    readonly batchNumber: number
  }
  readonly pendingBatch: {
    readonly batchId: Id
    /** At birth: what was chosen for it. */
    readonly operations: readonly {
      readonly id: Id
      readonly kind: string
      /** `leaf:nonce`, or null for an operation without a lane. */
      readonly lane: string | null
      readonly receivedAt: Millis
      readonly tries: number
    }[]
    /** How many are still in it. */
    readonly kept: number
    /** Most gas of its transaction. */
    readonly gasCap: number
    /** Null until it is simulated. */
    readonly plan: { readonly calls: number; readonly gasLimit: number; readonly callGas: number } | null
    /** Every signed transaction, oldest first. */
    readonly attempts: readonly {
      readonly hash: string
      readonly nonce: number
      readonly purpose: string
      readonly gasLimit: number
      readonly maxFeePerGas: number
      readonly maxPriorityFeePerGas: number
      readonly signedAt: Millis
    }[]
    readonly inclusion: {
      readonly txHash: string
      readonly blockNumber: number
      readonly blockHash: string
    } | null
    readonly gasUsed: number
    readonly headNumber: number
    readonly confirmations: number
    readonly resubmissions: number
    /** Why it was last sent again. */
    readonly resubmissionReason: string
    readonly blocksSinceSubmission: number
    readonly createdAt: Millis
    readonly simulationCompletedAt: Millis | null
    readonly submittedAt: Millis | null
    readonly failure: string | null
  }
}

/** An account in which somebody waits for an earlier nonce. */
export interface LaneGap {
  /** The account's leaf index. */
  readonly leaf: string
  /** The nonce that is missing: the chain's next one as far as is known, or the first gap after it. */
  readonly missing: number
  /** The nonces that wait, ascending; at most 20. */
  readonly waiting: readonly number[]
  /** Since when the first of them has been waiting. */
  readonly since: Millis
}

// ----------------------------------------------------------------------------------------------------------- charts

/** `GET /inspector/charts`. */
export interface ChartList {
  /** In the order in which the system is composed: the root first. */
  readonly charts: readonly Chart[]
}

/**
 * A machine's statechart, derived from its definition. In its SVG every state is a `<g>` with `data-state="<id>"` and the
 * classes `state` and its type, and every transition a `<g>` with `data-transition="<id>"` and class `transition`, which
 * holds its label's line; transitions between the same two states share a line, a `<g>` with class `edge` and
 * `data-transitions="<id> <id>"`. Nothing in it has a colour: lines and text are `currentColor`, areas are not filled.
 * Light by adding a class to these elements from the page; `data-` attributes, unlike ids, may be on the page twice.
 */
export interface Chart {
  /** The machine's id. */
  readonly machine: string
  /** The path of its SVG. */
  readonly svg: string
  /** Outermost first, in the order of the definition. */
  readonly states: readonly ChartState[]
  readonly transitions: readonly ChartTransition[]
}

export interface ChartState {
  /** Stable while the state keeps its name: `pendingBatch.Submitted.Checking`. The root of the machine is not listed. */
  readonly id: string
  /** Without the machine: `Submitted.Checking`. */
  readonly path: string
  /** `Checking`. */
  readonly name: string
  /** For people: the definition's description, or the name in words. */
  readonly words: string
  /** The id of the state that it is in; null at the top. */
  readonly parent: string | null
  readonly type: 'atomic' | 'compound' | 'parallel' | 'final' | 'history'
  readonly isInitial: boolean
  /** The effects that run while it is active, by id. */
  readonly invokes: readonly string[]
}

export interface ChartTransition {
  /** Stable while its state, its event and its place among that event's transitions stay: `wallet.Ready.Idle:always:1`. */
  readonly id: string
  /** The id of the state that it leaves; null when the machine's root has it. */
  readonly source: string | null
  /** The id of the state that it goes to; null when it goes nowhere and only acts. */
  readonly target: string | null
  /** As the definition has it: `block.observed`, `xstate.done.actor.commit`, `xstate.after.…`; `always` for none. */
  readonly event: string
  /** The guard's name; null without one. */
  readonly guard: string | null
  /** For people: `commit done [isFull]`. */
  readonly words: string
}

export type Json = string | number | boolean | null | readonly Json[] | { readonly [field: string]: Json }
