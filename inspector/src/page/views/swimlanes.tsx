/** One row per slot: the batches of the slot with their states over time. A mark shows each resubmission. */
import { clock, duration, integer, short, words } from '../format.ts'
import { hrefOf } from '../state/route.ts'
import { contextOf } from '../world/batches.ts'
import { toneOfRun, toneOfStates } from '../world/outcomes.ts'
import { longStaysOf, type Stay, type Tone, tellingState } from '../world/states.ts'
import type { Run, World } from '../world/world.ts'
import { useSize } from './parts/size.ts'

interface SwimlanesProps {
  readonly world: World
  readonly runs: readonly Run[]
  /** Shown period in milliseconds, up to now. */
  readonly span: number
}

const NARROWEST = 2
/** Minimum width in pixels for a text inside a segment. */
const LEGIBLE = 78

export function Swimlanes({ world, runs, span }: SwimlanesProps) {
  const [ref, { width }] = useSize()
  const start = world.at - span
  const xOf = (at: number) => ((Math.max(at, start) - start) / span) * width
  const shown = runs.filter((run) => (run.endedAt ?? world.at) >= start)
  return (
    <div class="lanes">
      <div class="names">
        {lanesOf(world, shown).map((name) => (
          <span key={name}>{name}</span>
        ))}
      </div>
      <div class="tracks" ref={ref}>
        {ticksOf(start, span).map((at) => (
          <i class="tick" key={at} style={{ left: `${xOf(at)}px` }}>
            <small>{clock(at)}</small>
          </i>
        ))}
        {lanesOf(world, shown).map((name) => (
          <div class="track" key={name}>
            {shown
              .filter((run) => run.name === name)
              .map((run) => (
                <BatchBar key={run.sessionId} world={world} run={run} start={start} xOf={xOf} />
              ))}
          </div>
        ))}
      </div>
    </div>
  )
}

function lanesOf({ limits }: World, shown: readonly Run[]): readonly string[] {
  const names = Array.from({ length: limits.maxConcurrentBatches }, (_, number) => `slot-${number}`)
  const numberOf = (name: string) => Number(name.replace(/\D+/, ''))
  return [...new Set([...names, ...shown.map(({ name }) => name)])].sort(
    (one, other) => numberOf(one) - numberOf(other),
  )
}

/** About six round times for the axis. */
function ticksOf(start: number, span: number): readonly number[] {
  const every = span / 6
  const first = Math.ceil(start / every) * every
  return Array.from(
    { length: Math.ceil((start + span - first) / every) },
    (_, index) => first + index * every,
  )
}

interface BatchBarProps {
  readonly world: World
  readonly run: Run
  readonly start: number
  readonly xOf: (at: number) => number
}

function BatchBar({ world, run, start, xOf }: BatchBarProps) {
  const now = world.at
  const { batchId = '', kept = 0 } = contextOf(run)
  // The colour of the bar is the tone of the last state.
  const stays = longStaysOf(run, now).filter(({ to }) => to >= start)
  const left = xOf(run.startedAt)
  const right = Math.max(xOf(run.endedAt ?? now), left + NARROWEST)
  const tone = toneOfRun(world, run)
  return (
    <a
      class={`batch-bar tone-${tone}`}
      href={hrefOf('batch', batchId)}
      aria-label={`Batch ${short(batchId)}, ${integer(kept)} operations`}
      style={{ left: `${left}px`, width: `${right - left}px` }}
    >
      {stays.map((stay) => (
        <Segment
          key={`${stay.from}${stay.states.at(-1)}`}
          stay={stay}
          tone={toneOfStates(world, run, stay.states)}
          left={xOf(stay.from) - left}
          width={xOf(stay.to) - xOf(stay.from)}
        />
      ))}
      {run.steps
        .filter(({ at, states }) => at >= start && tellingState(states).name === 'Resubmitting')
        .map(({ at }) => (
          <b
            class="again tone-warn"
            key={at}
            style={{ left: `${xOf(at) - left}px` }}
            title="resubmitted with higher fees"
          >
            ▲
          </b>
        ))}
    </a>
  )
}

function Segment({ stay, tone, left, width }: { stay: Stay; tone: Tone; left: number; width: number }) {
  const { name } = tellingState(stay.states)
  return (
    <i
      class={`tone-${tone}`}
      style={{ left: `${left}px`, width: `${Math.max(width, NARROWEST)}px` }}
      title={`${words(name)}: ${duration(stay.to - stay.from)}`}
    >
      {width > LEGIBLE && <span>{words(name)}</span>}
    </i>
  )
}

const TONES: readonly (readonly [Tone, string])[] = [
  ['hold', 'Pending, ready to submit'],
  ['work', 'Simulating'],
  ['flight', 'Submitted'],
  ['warn', 'Resubmitting ▲'],
  ['included', 'Confirming, reading'],
  ['good', 'Finalized'],
  ['bad', 'Failed'],
]

export function Legend() {
  return (
    <ul class="legend">
      {TONES.map(([tone, text]) => (
        <li key={tone} class={`tone-${tone}`}>
          {text}
        </li>
      ))}
    </ul>
  )
}
