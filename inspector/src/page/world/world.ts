/**
 * What the page knows, as one value; `apply.ts` has the one pure function that changes it. A replay is a fold of messages
 * over a welcome; every buffer is bounded. Nothing here knows of the browser.
 */
import type {
  ActorMessage,
  Block,
  EventView,
  Fact,
  Json,
  Limits,
  Path,
  PathStep,
  Sample,
  Welcome,
} from '../../wire.ts'

/** A machine's run from its birth: where it has been, and what came to it. */
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

/** An event or a fact, with when it was. */
export interface Entry {
  readonly id: string
  readonly at: number
  readonly kind: 'event' | 'fact'
  readonly type: string
  readonly from: string | null
  readonly to: string | null
  readonly payload: Readonly<Record<string, Json>>
}

/** What goes from one actor to another. */
export interface Flow {
  /** An actor's name; `OUTSIDE` for whoever is no actor. */
  readonly from: string
  readonly to: string
  /** The type of the last event. */
  readonly event: string
  readonly count: number
  readonly at: number
}

/** Whoever sends events and is no actor: those who submit operations. */
export const OUTSIDE = 'callers'

/** What became of an operation that failed. */
interface Failure {
  readonly kind: string
  readonly reason: string
  readonly receivedAt: number
  readonly at: number
}

export interface World {
  readonly gateway: Welcome['gateway']
  readonly limits: Limits
  /** Of the last message: the gateway's clock. */
  readonly at: number
  /** Those that live, by session, each as if it were born now. */
  readonly actors: ReadonlyMap<string, ActorMessage>
  /** By session, oldest first. */
  readonly runs: ReadonlyMap<string, Run>
  readonly samples: readonly Sample[]
  readonly blocks: readonly Block[]
  /** By `from>to`, names of actors; the one that was last used is last. */
  readonly flows: ReadonlyMap<string, Flow>
  readonly log: readonly Entry[]
  /** Facts by batch, oldest first. */
  readonly facts: ReadonlyMap<string, readonly Fact[]>
  /** By operation. */
  readonly failures: ReadonlyMap<string, Failure>
}

/** How much is kept of each. */
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

/** The world as a welcome, for a recording: of what came before, the states that each was in are kept, not the events. */
export function toWelcome(world: World): Welcome {
  const { gateway, limits, at, actors, samples, blocks } = world
  const paths = [...world.runs.values()].map(({ events: _, context, ...run }): Path => {
    return { ...run, context: run.endedAt === null ? null : context }
  })
  return { version: 1, gateway, limits, at, actors: [...actors.values()], paths, samples, blocks }
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
