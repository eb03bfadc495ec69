/** Applies a message to a world. */
import type { ActorMessage, EventMessage, Fact, Message, SnapshotMessage } from '../../wire.ts'
import { bounded, push, put, renew } from './bounds.ts'
import { withStep } from './steps.ts'
import { CALLERS_EFFECT, type Entry, entryOf, MAX, newRun, OUTSIDE, type Run, type World } from './world.ts'

export function apply(world: World, message: Message): World {
  const at = Math.max(world.at, Number(message.createdAt))
  const now = { ...world, at }
  switch (message.type) {
    case '@xstate.actor':
      return applyBirth(now, message)
    case '@xstate.event':
      return applyEvent(now, message)
    case '@xstate.snapshot':
      return applyStep(now, message)
    case 'opsbatcher.fact':
      return applyFact(now, message.id, message.fact)
    case 'opsbatcher.sample':
      return { ...now, samples: push(now.samples, message.sample, MAX.samples) }
    case 'opsbatcher.traffic':
      return message.edges.reduce(
        (seen, { sourceId, sessionId, event, count }) => counted(seen, { sourceId, sessionId, event, count }),
        now,
      )
    default:
      return now
  }
}

/** A tick of the clock is not shown, because ticks are frequent and carry no information. */
const isBeat = (event: string): boolean => event === 'tick' || event.startsWith('xstate.after.')

function applyBirth(world: World, actor: ActorMessage): World {
  const actors = put(world.actors, actor.sessionId, actor)
  if (actor.machine === null) return { ...world, actors }
  const runs = put(world.runs, actor.sessionId, newRun(actor, Number(actor.createdAt)))
  return { ...world, actors, runs: bounded(runs, MAX.runs, ({ endedAt }) => endedAt !== null) }
}

function applyEvent(world: World, { event, sourceId, sessionId, id, createdAt }: EventMessage): World {
  if (isBeat(event.type)) return world
  const ends = [sourceId === null ? null : nodeOf(world, sourceId), nodeOf(world, sessionId)] as const
  const entry = entryOf('event', id, Number(createdAt), event, ends)
  const seen = noted(counted(world, { sourceId, sessionId, event: event.type, count: 1 }), entry)
  return amended(seen, sessionId, (run) => ({ ...run, events: push(run.events, entry, MAX.events) }))
}

function applyStep(world: World, message: SnapshotMessage): World {
  const { sessionId, createdAt, event, snapshot, states, transitions } = message
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
    const step = { at, states, event: event.type, transitions }
    const steps = states.length > 0 ? withStep(run.steps, step, MAX.steps) : run.steps
    return { ...run, context, steps, endedAt: isOver ? (run.endedAt ?? at) : null }
  })
}

function applyFact(world: World, id: string, fact: Fact): World {
  if (fact.type === 'block.observed') {
    const { type: _, ...block } = fact
    return { ...world, blocks: push(world.blocks, block, MAX.blocks) }
  }
  const seen = noted(world, entryOf('fact', id, fact.at, fact, [null, null]))
  if (fact.type === 'operation.failed') {
    const { kind, reason, receivedAt, at } = fact
    const failures = renew(world.failures, fact.id, { kind, reason, receivedAt, at })
    return { ...seen, failures: bounded(failures, MAX.failures) }
  }
  if (fact.type === 'operation.revived') {
    const failures = new Map(world.failures)
    failures.delete(fact.id)
    return { ...seen, failures }
  }
  if (fact.type === 'endpoint.changed') {
    const { endpoint: name, state, message } = fact
    return { ...seen, endpoints: put(seen.endpoints, name, { name, state, message }) }
  }
  if (!('batchId' in fact) || fact.batchId === null) return seen
  const known = world.facts.get(fact.batchId) ?? []
  const facts = renew(world.facts, fact.batchId, push(known, fact, MAX.facts))
  return { ...seen, facts: bounded(facts, MAX.runs) }
}

function amended(world: World, sessionId: string, amend: (run: Run) => Run): World {
  const run = world.runs.get(sessionId)
  return run === undefined ? world : { ...world, runs: put(world.runs, sessionId, amend(run)) }
}

function noted(world: World, entry: Entry): World {
  return { ...world, log: push(world.log, entry, MAX.log) }
}

interface Sending {
  readonly sourceId: string | null
  readonly sessionId: string
  readonly event: string
  readonly count: number
}

function counted(world: World, { sourceId, sessionId, event, count }: Sending): World {
  if (isBeat(event)) return world
  const from = sourceId === null ? OUTSIDE : nodeOf(world, sourceId)
  const to = nodeOf(world, sessionId)
  if (from === null || to === null || from === to) return world
  const key = `${from}>${to}`
  const total = (world.flows.get(key)?.count ?? 0) + count
  const flows = renew(world.flows, key, { from, to, event, count: total, at: world.at })
  return { ...world, flows: bounded(flows, MAX.flows) }
}

/** The name of a machine. For an effect, the name of the parent machine. For the effect `answerCallers`, the name is `callers`. */
function nodeOf(world: World, sessionId: string): string | null {
  for (let actor = world.actors.get(sessionId); actor !== undefined; ) {
    if (actor.machine !== null) return actor.name
    if (actor.name === CALLERS_EFFECT) return OUTSIDE
    actor = actor.parentId === null ? undefined : world.actors.get(actor.parentId)
  }
  return null
}
