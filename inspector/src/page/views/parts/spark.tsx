/** Small charts. */
import type { Tone } from '../../world/states.ts'

interface Line {
  readonly values: readonly number[]
  readonly tone: Tone
}

interface SparkProps {
  readonly title: string
  readonly now: string
  readonly note: string
  /** Lines with a common time axis. The scale starts at 0. The last line is drawn on top. */
  readonly lines: readonly Line[]
  /** A limit. The line is drawn when the values are near. */
  readonly ceiling?: number
}

const [WIDTH, HEIGHT] = [200, 44]
/** A ceiling is near when the ceiling is below this multiple of the highest value. */
const NEAR = 4

export function Spark({ title, now, note, lines, ceiling }: SparkProps) {
  const highest = Math.max(...lines.flatMap(({ values }) => values), 1e-9)
  const isNear = ceiling !== undefined && ceiling < highest * NEAR
  const top = isNear ? Math.max(highest, ceiling) : highest
  const yOf = (value: number) => HEIGHT - 2 - (value / top) * (HEIGHT - 6)
  return (
    <Card title={title} now={now} note={note}>
      {lines.map(({ values, tone }) => {
        const points = values.map((value, index) => {
          const x = (index / Math.max(1, values.length - 1)) * WIDTH
          return `${x.toFixed(1)},${yOf(value).toFixed(1)}`
        })
        return (
          <g key={tone} class={`tone-${tone}`}>
            <polygon points={`0,${HEIGHT} ${points.join(' ')} ${WIDTH},${HEIGHT}`} />
            <polyline points={points.join(' ')} />
          </g>
        )
      })}
      {isNear && <line class="ceiling" x1="0" x2={WIDTH} y1={yOf(ceiling)} y2={yOf(ceiling)} />}
    </Card>
  )
}

interface Bar {
  readonly at: number
  /** Share of the full height, from 0 to 1. */
  readonly share: number
  readonly title: string
}

/** Bars of the last minute on a time axis. */
export function Bars({
  title,
  now,
  note,
  bars,
}: {
  title: string
  now: string
  note: string
  bars: readonly Bar[]
}) {
  const last = bars.at(-1)?.at ?? 0
  const shown = bars.filter(({ at }) => last - at < 60_000)
  return (
    <Card title={title} now={now} note={note}>
      <g class="bars tone-included">
        {shown.map((bar) => {
          const x = WIDTH - 3 - ((last - bar.at) / 60_000) * (WIDTH - 3)
          const height = Math.max(2, bar.share * (HEIGHT - 4))
          return (
            <rect
              key={bar.at}
              x={x.toFixed(1)}
              y={(HEIGHT - height).toFixed(1)}
              width="2.2"
              height={height.toFixed(1)}
            >
              <title>{bar.title}</title>
            </rect>
          )
        })}
      </g>
    </Card>
  )
}

function Card(props: { title: string; now: string; note: string; children: preact.ComponentChildren }) {
  const { title, now, note, children } = props
  return (
    <figure class="spark">
      <figcaption>
        <span>{title}</span>
        <b>{now}</b>
      </figcaption>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${title}: ${now}, ${note}`}
      >
        {children}
      </svg>
      <small>{note}</small>
    </figure>
  )
}
