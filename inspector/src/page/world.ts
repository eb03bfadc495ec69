/**
 * What the page knows, as one value, and the one pure function that changes it. A replay is a fold of messages over a
 * welcome; every buffer is bounded. Nothing here knows of the browser.
 */
import type {
  ActorMessage,
  ActorSnapshot,
  Block,
  EventView,
  Fact,
  Json,
  Limits,
  Message,
  Path,
  PathStep,
  Sample,
  Welcome,
} from '../wire.ts'

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
interface Entry {
  readonly id: string
  readonly at: number
  readonly kind: 'event' | 'fact'
  readonly type: string
  readonly from: string | null
  readonly to: string | null
  readonly payload: Readonly<Record<string, Json>>
}

/** What goes from one actor to another. */
interface Flow {
  readonly from: string
  readonly to: string
  readonly event: string
  readonly count: number
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
  /** By `from>to`, names of actors. */
  readonly flows: ReadonlyMap<string, Flow>
  readonly log: readonly Entry[]
  /** Facts by batch, oldest first. */
  readonly facts: ReadonlyMap<string, readonly Fact[]>
}

const MOST = { runs: 150, steps: 120, events: 150, samples: 300, blocks: 120, log: 300, facts: 60, flows: 80 }

const push = <T>(list: readonly T[], item: T, most: number): readonly T[] =>
  list.length < most ? [...list, item] : [...list.slice(1 - most), item]

const put = <V>(map: ReadonlyMap<string, V>, key: string, value: V): Map<string, V> =>
  new Map(map).set(key, value)

/** Forgets the oldest that may be forgotten. */
function bounded<V>(
  map: Map<string, V>,
  most: number,
  isOld: (value: V) => boolean = () => true,
): Map<string, V> {
  for (const [key, value] of map) {
    if (map.size <= most) break
    if (isOld(value)) map.delete(key)
  }
  return map
}

export function fromWelcome(welcome: Welcome): World {
  const { gateway, limits, at, samples, blocks, paths } = welcome
  const actors = new Map(welcome.actors.map((actor) => [actor.sessionId, actor]))
  const runs = new Map(paths.map((path) => [path.sessionId, runOf(path, actors.get(path.sessionId))]))
  for (const actor of welcome.actors) {
    if (actor.machine !== null && !runs.has(actor.sessionId)) runs.set(actor.sessionId, born(actor, at))
  }
  return { gateway, limits, at, actors, runs, samples, blocks, flows: new Map(), log: [], facts: new Map() }
}

function runOf(path: Path, actor: ActorMessage | undefined): Run {
  return { ...path, context: path.context ?? actor?.snapshot.context ?? {}, events: [] }
}

function born(actor: ActorMessage, at: number): Run {
  const { sessionId, name, machine, states, snapshot } = actor
  const steps = [{ at, states, event: '', transitions: [] }]
  return {
    sessionId,
    name,
    machine: machine ?? '',
    startedAt: at,
    endedAt: null,
    steps,
    context: snapshot.context ?? {},
    events: [],
  }
}

/** The world as a welcome: from here on, what came before is not needed. */
export function toWelcome(world: World): Welcome {
  const { gateway, limits, at, actors, samples, blocks } = world
  const paths = [...world.runs.values()].map(({ events: _, context, ...run }): Path => {
    return { ...run, context: run.endedAt === null ? null : context }
  })
  return { version: 1, gateway, limits, at, actors: [...actors.values()], paths, samples, blocks }
}

export function apply(world: World, message: Message): World {
  const at = Math.max(world.at, Number(message.createdAt))
  const now = { ...world, at }
  switch (message.type) {
    case '@xstate.actor':
      return applyBirth(now, message)
    case '@xstate.event': {
      const { event, sourceId, sessionId, id } = message
      const from = sourceId === null ? null : nodeOf(now, sourceId)
      const entry = entryOf(id, Number(message.createdAt), event, from, nodeOf(now, sessionId))
      const seen = noted(counted(now, sourceId, sessionId, event.type, 1), entry)
      return amended(seen, sessionId, (run) => ({ ...run, events: push(run.events, entry, MOST.events) }))
    }
    case '@xstate.snapshot':
      return applyStep(now, message.sessionId, message)
    case 'opsbatcher.fact':
      return applyFact(now, message.id, message.fact)
    case 'opsbatcher.sample':
      return { ...now, samples: push(now.samples, message.sample, MOST.samples) }
    case 'opsbatcher.traffic':
      return message.edges.reduce(
        (seen, { sourceId, sessionId, event, count }) => counted(seen, sourceId, sessionId, event, count),
        now,
      )
    default:
      return now
  }
}

function applyBirth(world: World, actor: ActorMessage): World {
  const actors = put(world.actors, actor.sessionId, actor)
  if (actor.machine === null) return { ...world, actors }
  const runs = put(world.runs, actor.sessionId, born(actor, Number(actor.createdAt)))
  return { ...world, actors, runs: bounded(runs, MOST.runs, ({ endedAt }) => endedAt !== null) }
}

interface Step {
  readonly createdAt: string
  readonly event: EventView
  readonly snapshot: ActorSnapshot
  readonly states: readonly string[]
  readonly transitions: readonly string[]
}

function applyStep(
  world: World,
  sessionId: string,
  { createdAt, event, snapshot, states, transitions }: Step,
): World {
  const at = Number(createdAt)
  const isOver = snapshot.status !== 'active'
  const actor = world.actors.get(sessionId)
  const actors = new Map(world.actors)
  if (isOver) actors.delete(sessionId)
  else if (actor !== undefined) {
    const context = { ...actor.snapshot.context, ...snapshot.context }
    actors.set(sessionId, { ...actor, states, snapshot: { ...snapshot, context } })
  }
  return amended({ ...world, actors }, sessionId, (run) => {
    const context = { ...run.context, ...snapshot.context }
    const isMoved = transitions.length > 0 || states.join() !== run.steps.at(-1)?.states.join()
    const step = { at, states, event: event.type, transitions }
    const steps = isMoved && states.length > 0 ? push(run.steps, step, MOST.steps) : run.steps
    return { ...run, context, steps, endedAt: isOver ? (run.endedAt ?? at) : null }
  })
}

function applyFact(world: World, id: string, fact: Fact): World {
  const seen = noted(world, entryOf(id, fact.at, fact, null, null, 'fact'))
  if (fact.type === 'block.observed') {
    const { type: _, ...block } = fact
    return { ...world, blocks: push(world.blocks, block, MOST.blocks) }
  }
  if (!('batchId' in fact)) return seen
  const facts = put(world.facts, fact.batchId, push(world.facts.get(fact.batchId) ?? [], fact, MOST.facts))
  return { ...seen, facts: bounded(facts, MOST.runs) }
}

function amended(world: World, sessionId: string, amend: (run: Run) => Run): World {
  const run = world.runs.get(sessionId)
  return run === undefined ? world : { ...world, runs: put(world.runs, sessionId, amend(run)) }
}

function noted(world: World, entry: Entry): World {
  return { ...world, log: push(world.log, entry, MOST.log) }
}

function entryOf(
  id: string,
  at: number,
  { type, ...payload }: EventView | Fact,
  from: string | null,
  to: string | null,
  kind: Entry['kind'] = 'event',
): Entry {
  return { id, at, kind, type, from, to, payload: payload as Entry['payload'] }
}

function counted(
  world: World,
  sourceId: string | null,
  sessionId: string,
  event: string,
  more: number,
): World {
  const from = sourceId === null ? null : nodeOf(world, sourceId)
  const to = nodeOf(world, sessionId)
  if (from === null || to === null || from === to) return world
  const key = `${from}>${to}`
  const count = (world.flows.get(key)?.count ?? 0) + more
  const flows = new Map(world.flows)
  flows.delete(key)
  flows.set(key, { from, to, event, count, at: world.at })
  return { ...world, flows: bounded(flows, MOST.flows) }
}

/** The machine that an actor is, or is at work for. */
function nodeOf(world: World, sessionId: string): string | null {
  for (let actor = world.actors.get(sessionId); actor !== undefined; ) {
    if (actor.machine !== null) return actor.name
    actor = actor.parentId === null ? undefined : world.actors.get(actor.parentId)
  }
  return null
}
