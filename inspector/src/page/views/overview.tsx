/** The actors, each with the state it is in, what goes between them, and the gateway's figures over time. */
import { duration, gwei, integer, stateName, topState } from '../format.ts'
import type { World } from '../world.ts'
import { Spark } from './spark.tsx'

const PLACES: Readonly<Record<string, readonly [number, number]>> = {
  gateway: [400, 10],
  nonceTracker: [20, 110],
  requestTracker: [270, 110],
  chainMonitor: [530, 110],
  wallet: [780, 110],
  opsBatcher: [400, 210],
}
const [WIDTH, HEIGHT] = [200, 58]

const placeOf = (name: string): readonly [number, number] | undefined => {
  const [, slot] = /^slot-(\d+)$/.exec(name) ?? []
  if (slot === undefined) return PLACES[name]
  return [20 + (Number(slot) % 4) * 253, 310 + Math.floor(Number(slot) / 4) * 75]
}

/** How long an event is seen on its way. */
const FRESH_MS = 1_000

export function Overview({ world }: { world: World }) {
  const batcher = [...world.actors.values()].find(({ machine }) => machine === 'opsBatcher')
  const throttled = batcher?.snapshot.context?.['throttled']
  return (
    <>
      <p class="why">
        {typeof throttled === 'string' ? `The batcher waits: ${throttled}` : 'The batcher is free to send.'}
      </p>
      <Diagram world={world} />
      <Charts world={world} />
    </>
  )
}

function Diagram({ world }: { world: World }) {
  const machines = [...world.actors.values()].filter(({ machine }) => machine !== null)
  const names = new Set(machines.map(({ name }) => name))
  const rows = Math.ceil(world.limits.maxConcurrentBatches / 4)
  return (
    <svg class="diagram" viewBox={`0 0 1000 ${Math.min(4, rows) * 75 + 310}`} role="img" aria-label="Actors">
      {[...world.flows.values()].map(({ from, to, event, at }) => {
        const [start, end] = [placeOf(from), placeOf(to)]
        if (start === undefined || end === undefined || !names.has(from) || !names.has(to)) return null
        const isFresh = world.at - at < FRESH_MS
        const [x1, y1] = [start[0] + WIDTH / 2, start[1] + HEIGHT / 2]
        const [x2, y2] = [end[0] + WIDTH / 2, end[1] + HEIGHT / 2]
        return (
          <g key={`${from}>${to}`} class={isFresh ? 'flow fresh' : 'flow'}>
            <line x1={x1} y1={y1} x2={x2} y2={y2} />
            {isFresh && (
              <text x={x1 + (x2 - x1) * 0.55} y={y1 + (y2 - y1) * 0.55}>
                {event}
              </text>
            )}
          </g>
        )
      })}
      {machines.map(({ sessionId, name, machine, states, snapshot }) => {
        const place = placeOf(name)
        if (place === undefined) return null
        const batchId = machine === 'pendingBatch' ? snapshot.context?.['batchId'] : null
        const node = (
          <g class={`node top-${states[0]?.split('.')[1]}`} transform={`translate(${place[0]} ${place[1]})`}>
            <rect width={WIDTH} height={HEIGHT} rx="8" />
            <text x="12" y="23" class="name">
              {name}
            </text>
            <text x="12" y="44" class="state">
              {machine === 'gateway' ? topState(states) : stateName(states).slice(0, 28)}
            </text>
          </g>
        )
        return typeof batchId === 'string' ? (
          <a key={sessionId} href={`#/batch/${batchId}`}>
            {node}
          </a>
        ) : (
          <g key={sessionId}>{node}</g>
        )
      })}
    </svg>
  )
}

function Charts({ world: { samples, blocks, limits } }: { world: World }) {
  const last = samples.at(-1)
  const rates = samples.slice(1).map((sample, index) => sample.finalized - (samples[index]?.finalized ?? 0))
  const block = blocks.at(-1)
  return (
    <section class="charts">
      <Spark
        title="Queue depth"
        now={integer(last?.ready ?? 0)}
        lines={[samples.map(({ ready }) => ready)]}
      />
      <Spark
        title="Oldest waits"
        now={duration(last?.oldestAge ?? 0)}
        lines={[samples.map(({ oldestAge }) => oldestAge ?? 0)]}
      />
      <Spark title="Finalized a second" now={integer(rates.at(-1) ?? 0)} lines={[rates]} />
      <Spark
        title={`Base fee (ceiling ${Math.round(limits.maxBaseFee / 1e9)})`}
        now={gwei(block?.baseFee ?? 0)}
        lines={[blocks.map(({ baseFee }) => baseFee), blocks.map(({ baseFeeEma }) => baseFeeEma)]}
      />
      <Spark
        title="Gas used in a block"
        now={block === undefined ? '–' : `block ${block.number}`}
        lines={[blocks.map(({ gasUsed }) => gasUsed)]}
      />
    </section>
  )
}
