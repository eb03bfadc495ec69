/** A small chart: lines over the same times, from nought to their highest. */

interface SparkProps {
  readonly title: string
  readonly now: string
  readonly lines: readonly (readonly number[])[]
}

const [WIDTH, HEIGHT] = [200, 48]

export function Spark({ title, now, lines }: SparkProps) {
  const highest = Math.max(1, ...lines.flat())
  return (
    <figure>
      <figcaption>
        {title} <b>{now}</b>
      </figcaption>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${title}: ${now}`}
      >
        {lines.map((line, index) => (
          <polyline
            key={index}
            class={`line-${index}`}
            points={line
              .map((value, at) => {
                const x = (at / Math.max(1, line.length - 1)) * WIDTH
                return `${x.toFixed(1)},${(HEIGHT - 2 - (value / highest) * (HEIGHT - 6)).toFixed(1)}`
              })
              .join(' ')}
          />
        ))}
      </svg>
    </figure>
  )
}
