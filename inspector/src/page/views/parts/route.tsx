/** A path on one line: stations and the durations between them. */
import { duration } from '../../format.ts'
import type { Tone } from '../../world/states.ts'
import { Time } from './basics.tsx'

export interface Station {
  readonly name: string
  /** Time at the station. Null if it is not reached yet. */
  readonly at: number | null
  readonly tone: Tone
  readonly note?: string
}

/** @param now current time, for the duration at the last station. Null if the path is complete. */
export function Way({
  stations,
  now,
  class: name = '',
}: {
  stations: readonly Station[]
  now: number | null
  class?: string
}) {
  return (
    <ol class={`way ${name}`}>
      {stations.map((station, index) => {
        const next = stations[index + 1]
        const until = next === undefined ? null : (next.at ?? now)
        const took =
          station.at === null || until === null || (next?.at == null && now === null)
            ? null
            : until - station.at
        const isHere = station.at !== null && (next === undefined || next.at === null)
        return (
          <li
            key={`${station.name}${index}`}
            class={`tone-${station.at === null ? 'calm' : station.tone} ${station.at === null ? 'ahead' : ''} ${isHere ? 'here' : ''}`}
            style={{ flexGrow: weightOf(took) }}
          >
            <b>{station.name}</b>
            <span class="leg">{took !== null && next !== undefined && <em>{duration(took)}</em>}</span>
            <small>
              {station.at === null ? '–' : <Time at={station.at} />}
              {station.note !== undefined && <i>{station.note}</i>}
            </small>
          </li>
        )
      })}
    </ol>
  )
}

/** Longer stays are wider, up to a maximum. */
function weightOf(took: number | null): number {
  return took === null ? 1 : Math.min(4, 1 + Math.log10(1 + took / 100))
}
