/**
 * The page's knowledge of a gateway, as an immutable value. The pure function in `apply.ts` applies messages. A replay applies
 * messages to a welcome message. Every buffer has a maximum size. The code does not depend on the browser.
 */
import type {
  ActorMessage,
  Block,
  Endpoint,
  EventView,
  Fact,
  Json,
  Limits,
  Path,
  PathStep,
  Sample,
  Welcome,
} from '../../wire.ts'

/** One run of a machine: past states and received events. */
export interface Run {
  readonly sessionId: string
  readonly name: string
  readonly machine: string
  readonly startedAt: number
  readonly endedAt: number | null
  readonly steps: readonly PathStep[]
  readonly context: Readonly<Record<string, Json>>
  readonly events: readonly Entry[]
}

/** An event or a fact, with the time. */
export interface Entry {
  readonly id: string
  readonly at: number
  readonly kind: 'event' | 'fact'
  readonly type: string
  readonly from: string | null
  readonly to: string | null
  readonly payload: Readonly<Record<string, Json>>
}

/** The events from one actor to another. */
export interface Flow {
  /** Name of an actor, or `OUTSIDE` for the callers. */
  readonly from: string
  readonly to: string
  /** The type of the last event. */
  readonly event: string
  readonly count: number
  readonly at: number
}

/** The callers submit operations and receive answers. A caller is not an actor. */
export const OUTSIDE = 'callers'

/** Effect of the intake: it delivers answers to the callers. */
export const CALLERS_EFFECT = 'answerCallers'

/** A failed operation. */
interface Failure {
  readonly kind: string
  readonly reason: string
  readonly receivedAt: number
  readonly at: number
}

export interface World {
  readonly gateway: Welcome['gateway']
  readonly limits: Limits
  /** Time of the last message, by the clock of the gateway. */
  readonly at: number
  /** Active actors with current snapshots, by session. */
  readonly actors: ReadonlyMap<string, ActorMessage>
  /** Runs of machines by session, oldest first. */
  readonly runs: ReadonlyMap<string, Run>
  readonly samples: readonly Sample[]
  readonly blocks: readonly Block[]
  /** Flows by `from>to`. The most recent flow is last. */
  readonly flows: ReadonlyMap<string, Flow>
  readonly log: readonly Entry[]
  /** Facts by batch, oldest first. */
  readonly facts: ReadonlyMap<string, readonly Fact[]>
  /** Failed operations, by operation id. */
  readonly failures: ReadonlyMap<string, Failure>
  /** RPC endpoints by name. */
  readonly endpoints: ReadonlyMap<string, Endpoint>
}

/** Maximum size of each buffer. */
export const MAX = {
  runs: 150,
  steps: 120,
  events: 150,
  samples: 300,
  blocks: 120,
  log: 300,
  facts: 60,
  flows: 120,
  failures: 300,
} as const

export function fromWelcome(welcome: Welcome): World {
  const { gateway, limits, at, samples, blocks, paths } = welcome
  const actors = new Map(welcome.actors.map((actor) => [actor.sessionId, actor]))
  const runs = new Map(paths.map((path) => [path.sessionId, runOf(path, actors.get(path.sessionId))]))
  for (const actor of welcome.actors) {
    if (actor.machine !== null && !runs.has(actor.sessionId)) runs.set(actor.sessionId, newRun(actor, at))
  }
  return {
    gateway,
    limits,
    at,
    actors,
    runs,
    samples,
    blocks,
    flows: new Map(),
    log: [],
    facts: new Map(),
    failures: new Map(),
    endpoints: new Map((welcome.endpoints ?? []).map((endpoint) => [endpoint.name, endpoint])),
  }
}

function runOf(path: Path, actor: ActorMessage | undefined): Run {
  return { ...path, context: path.context ?? actor?.snapshot.context ?? {}, events: [] }
}

export function newRun({ sessionId, name, machine, states, snapshot }: ActorMessage, at: number): Run {
  return {
    sessionId,
    name,
    machine: machine ?? '',
    startedAt: at,
    endedAt: null,
    steps: [{ at, states, event: '', transitions: [] }],
    context: snapshot.context ?? {},
    events: [],
  }
}

/** Converts a world to a welcome message, for a recording. Past states are kept, past events are not. */
export function toWelcome(world: World): Welcome {
  const { gateway, limits, at, actors, samples, blocks, endpoints } = world
  const paths = [...world.runs.values()].map(({ events: _, context, ...run }): Path => {
    return { ...run, context: run.endedAt === null ? null : context }
  })
  return {
    version: 1,
    gateway,
    limits,
    at,
    actors: [...actors.values()],
    paths,
    samples,
    blocks,
    endpoints: [...endpoints.values()],
  }
}

/** @returns an entry of the log for an event or a fact */
export function entryOf(
  kind: Entry['kind'],
  id: string,
  at: number,
  { type, ...payload }: EventView | Fact,
  [from, to]: readonly [string | null, string | null],
): Entry {
  return { id, at, kind, type, from, to, payload: payload as Entry['payload'] }
}
