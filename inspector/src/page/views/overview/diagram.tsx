/** The diagram of actors: their states, and the events between actors. */
import { useEffect, useState } from 'preact/hooks'
import type { ActorMessage } from '../../../wire.ts'
import { duration, eventWords, integer } from '../../format.ts'
import { hrefOf } from '../../state/route.ts'
import { toneOfRun } from '../../world/outcomes.ts'
import { tellingState, toneOf } from '../../world/states.ts'
import { CALLERS_EFFECT, type Flow, OUTSIDE, type World } from '../../world/world.ts'
import { Chip } from '../parts/basics.tsx'
import { type Size, useSize } from '../parts/size.ts'
import { lineOf } from './facts.ts'
import { curve, type Place, planFor } from './places.ts'

/** Time of the highlight of an edge after an event, in milliseconds. */
const FRESH_MS = 1_200
/** Actors that are not shown. The ticker sends only ticks. */
const HIDDEN = new Set(['ticker'])
const KNOWN = new Set([
  'gateway',
  'intake',
  'chainMonitor',
  'nonceTracker',
  'requestTracker',
  'opsBatcher',
  'wallet',
])
/** Effects that always run. A node shows only other effects. */
const PERMANENT_EFFECTS = new Set(['watchBlocks', CALLERS_EFFECT])

export function Diagram({ world, isStill }: { world: World; isStill: boolean }) {
  const [ref, size] = useSize<HTMLElement>()
  const machines = [...world.actors.values()].filter(({ machine }) => machine !== null)
  const byName = new Map(machines.map((actor) => [actor.name, actor]))
  const slots = slotsOf(world)
  const others = machines.filter(
    ({ name, machine }) => !KNOWN.has(name) && machine !== 'pendingBatch' && !HIDDEN.has(name),
  )
  const plan = planFor(
    size,
    slots,
    others.map(({ name }) => name),
  )
  return (
    <section class="diagram" ref={ref} style={{ minHeight: `${plan.least}px` }} aria-label="Actors">
      {size.width > 0 && (
        <>
          <Edges world={world} places={plan.places} size={size} />
          {[...plan.places].map(([name, place]) => {
            const actor = byName.get(name)
            if (actor !== undefined) return <Node key={name} actor={actor} place={place} world={world} />
            return <Ghost key={name} name={name} place={place} />
          })}
          {isStill && <NewestEvent world={world} places={plan.places} />}
        </>
      )}
    </section>
  )
}

/** All slots, including free slots. The layout does not change when a batch ends. */
function slotsOf({ limits, runs }: World): readonly string[] {
  const names = [...runs.values()].filter(({ machine }) => machine === 'pendingBatch').map(({ name }) => name)
  const always = Array.from({ length: limits.maxConcurrentBatches }, (_, number) => `slot-${number}`)
  return [...new Set([...always, ...names])].sort((one, other) => numberOf(one) - numberOf(other))
}

const numberOf = (slot: string) => Number(slot.replace(/\D+/, ''))

const boxOf = ({ x, y, width, height }: Place) => ({
  transform: `translate(${x}px, ${y}px)`,
  width: `${width}px`,
  height: `${height}px`,
})

function Node({ actor, place, world }: { actor: ActorMessage; place: Place; world: World }) {
  const { name, machine, states, snapshot, sessionId } = actor
  const batchId = machine === 'pendingBatch' ? snapshot.context?.['batchId'] : undefined
  const isBatch = typeof batchId === 'string'
  const effect = [...world.actors.values()].findLast(
    ({ parentId, machine: logic, name: id }) =>
      parentId === sessionId && logic === null && !PERMANENT_EFFECTS.has(id),
  )
  const run = world.runs.get(sessionId)
  const tone = run === undefined ? toneOf(states) : toneOfRun(world, run)
  const startedAt = run?.startedAt ?? world.at
  return (
    <a
      class={`node tone-${tone} ${machine ?? ''}`}
      style={boxOf(place)}
      href={isBatch ? hrefOf('batch', batchId) : hrefOf('actor', name)}
    >
      <span class="name">
        {name}
        <small>{isBatch ? duration(world.at - startedAt) : effect?.name}</small>
      </span>
      <span class="now">
        <Chip states={states} tone={tone} {...(isBatch && { label: tellingState(states).name })} />
        <span class="line">{lineOf(actor, world)}</span>
      </span>
    </a>
  )
}

/** A box without an actor: a free slot, a stopped actor, or the callers. */
function Ghost({ name, place }: { name: string; place: Place }) {
  return (
    <div class={name === OUTSIDE ? 'ghost outside' : 'ghost'} style={boxOf(place)}>
      <span>{name}</span>
      {name !== OUTSIDE && <small>{name.startsWith('slot-') ? 'free' : 'not running'}</small>}
    </div>
  )
}

interface EdgesProps {
  readonly world: World
  readonly places: ReadonlyMap<string, Place>
  readonly size: Size
}

function Edges({ world, places, size: { width, height } }: EdgesProps) {
  const flows = [...world.flows.values()]
  return (
    <svg class="edges" width={width} height={height} aria-hidden="true">
      {flows.map((flow) => {
        const [from, to] = [places.get(flow.from), places.get(flow.to)]
        if (from === undefined || to === undefined) return null
        const isFresh = world.at - flow.at < FRESH_MS
        return <Edge key={`${flow.from}>${flow.to}`} flow={flow} from={from} to={to} isFresh={isFresh} />
      })}
    </svg>
  )
}

interface EdgeProps {
  readonly flow: Flow
  readonly from: Place
  readonly to: Place
  readonly isFresh: boolean
}

/** Maximum number of animated events per edge. */
const MAX_PACKETS = 4

function Edge({ flow, from, to, isFresh }: EdgeProps) {
  const { path } = curve(from, to)
  const [packets, setPackets] = useState<readonly number[]>([])
  useEffect(() => {
    if (isFresh) setPackets((under) => [...under.slice(1 - MAX_PACKETS), flow.count])
  }, [flow.count])
  return (
    <g class={isFresh ? 'edge fresh' : 'edge'}>
      <title>{`${flow.from} → ${flow.to}: ${integer(flow.count)} events, last ${eventWords(flow.event)}`}</title>
      <path d={path} />
      {packets.map((packet) => (
        <circle
          key={packet}
          r="3.5"
          style={{ offsetPath: `path("${path}")` }}
          onAnimationEnd={() => setPackets((under) => under.filter((each) => each !== packet))}
        />
      ))}
    </g>
  )
}

/** The name of the last event during a replay. */
function NewestEvent({ world, places }: Omit<EdgesProps, 'size'>) {
  const flow = [...world.flows.values()].at(-1)
  const [from, to] = [places.get(flow?.from ?? ''), places.get(flow?.to ?? '')]
  if (flow === undefined || from === undefined || to === undefined) return null
  if (world.at - flow.at >= FRESH_MS) return null
  const [x, y] = curve(from, to).middle
  return (
    <span class="newest" style={{ left: `${x}px`, top: `${y}px` }}>
      {eventWords(flow.event)}
    </span>
  )
}
