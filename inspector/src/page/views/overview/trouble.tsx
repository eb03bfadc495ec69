/** What is wrong or waits, before everything else. Without trouble: what the batcher does. */
import { useState } from 'preact/hooks'
import { hrefOf } from '../../state/route.ts'
import { troublesOf } from '../../world/trouble.ts'
import type { World } from '../../world/world.ts'
import { whyOf } from './facts.ts'

/** Number of lines before the button for all lines. */
const FIRST = 4

export function Troubles({ world }: { world: World }) {
  const [isAll, setIsAll] = useState(false)
  const troubles = troublesOf(world)
  const shown = isAll ? troubles : troubles.slice(0, FIRST)
  const { tone, title, text } = whyOf(world)
  return (
    <section class="troubles" aria-label="What is wrong or waits">
      {shown.length > 0 && (
        <ul>
          {shown.map((trouble) => (
            <li key={trouble.route.join('/') + trouble.text.slice(0, 24)} class={`tone-${trouble.tone}`}>
              <a href={hrefOf(...trouble.route)}>{trouble.text}</a>
            </li>
          ))}
        </ul>
      )}
      {shown.length < troubles.length && (
        <button type="button" onClick={() => setIsAll(true)}>
          Show all {troubles.length}
        </button>
      )}
      <p class={`why tone-${tone}`}>
        <b>{title}</b>
        <span>{text}</span>
      </p>
    </section>
  )
}
