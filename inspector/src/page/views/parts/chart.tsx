/** A statechart as the gateway draws it, lit: where the machine is, where it has been, and which ways it took. */
import { useEffect, useRef, useState } from 'preact/hooks'
import type { PathStep } from '../../../wire.ts'
import { toneOf } from '../../world/states.ts'

/** Drawings by machine, fetched once: a machine does not change while its gateway runs. */
const drawings = new Map<string, Promise<string | null>>()

/** Has the gateway draw: the first time it takes it some seconds. */
export const prepareDrawings = (): void => void drawingOf('pendingBatch')

function drawingOf(machine: string): Promise<string | null> {
  const known = drawings.get(machine)
  if (known !== undefined) return known
  const drawing = fetch(`/inspector/charts/${encodeURIComponent(machine)}.svg`)
    .then((answer) => (answer.ok ? answer.text() : null))
    .catch(() => null)
  drawings.set(machine, drawing)
  // What has failed is tried again by whoever asks next.
  void drawing.then((text) => text === null && drawings.delete(machine))
  return drawing
}

interface ChartProps {
  readonly machine: string
  readonly steps: readonly PathStep[]
}

export function LitChart({ machine, steps }: ChartProps) {
  const holder = useRef<HTMLDivElement>(null)
  const [svg, setSvg] = useState<string | null | undefined>(undefined)
  const [isWhole, setIsWhole] = useState(true)
  useEffect(() => {
    let isWanted = true
    void drawingOf(machine).then((text) => isWanted && setSvg(text))
    return () => {
      isWanted = false
    }
  }, [machine])
  useEffect(() => {
    if (typeof svg !== 'string') return
    const { documentElement } = new DOMParser().parseFromString(svg, 'image/svg+xml')
    holder.current?.replaceChildren(document.importNode(documentElement, true))
  }, [svg])
  useEffect(() => light(holder.current, steps), [svg, steps])
  useEffect(() => {
    if (!isWhole) holder.current?.querySelector('.lit:not(:has(.lit))')?.scrollIntoView({ block: 'nearest', inline: 'center' })
  }, [isWhole])
  const states = steps.at(-1)?.states ?? []
  return (
    <div class={`statechart tone-${toneOf(states)} ${isWhole ? 'whole' : ''}`}>
      <div class="drawing" ref={holder} />
      {svg === undefined && <p class="none">Drawing the statechart…</p>}
      {svg === null && <p class="none">The gateway has no drawing of this machine, or is not heard.</p>}
      {typeof svg === 'string' && (
        <button type="button" class="zoom" aria-pressed={!isWhole} onClick={() => setIsWhole(!isWhole)}>
          {isWhole ? 'Full size' : 'Whole'}
        </button>
      )}
    </div>
  )
}

/** Classes are all that is changed in the drawing. */
function light(drawing: HTMLElement | null, steps: readonly PathStep[]): void {
  if (drawing === null) return
  const lit = new Set(steps.at(-1)?.states)
  const seen = new Set(steps.flatMap(({ states }) => states))
  const taken = new Set(steps.flatMap(({ transitions }) => transitions))
  const last = new Set(steps.at(-1)?.transitions)
  for (const element of drawing.querySelectorAll('[data-state]')) {
    const state = element.getAttribute('data-state') ?? ''
    element.classList.toggle('lit', lit.has(state))
    element.classList.toggle('seen', seen.has(state))
  }
  for (const element of drawing.querySelectorAll('[data-transition], [data-transitions]')) {
    const ids = element.getAttribute('data-transitions') ?? element.getAttribute('data-transition') ?? ''
    const all = ids.split(' ')
    element.classList.toggle('taken', all.some((each) => taken.has(each)))
    element.classList.toggle('last', all.some((each) => last.has(each)))
  }
}
