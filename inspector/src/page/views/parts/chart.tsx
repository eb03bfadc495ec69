/** A statechart with highlighted active states, past states and past transitions. The gateway draws the chart. */
import { useEffect, useRef, useState } from 'preact/hooks'
import type { PathStep } from '../../../wire.ts'
import { duration } from '../../format.ts'
import { type Tone, toneOf } from '../../world/states.ts'

/** Drawings by machine. Each is loaded once, because machines do not change while the gateway runs. */
const drawings = new Map<string, Promise<string | null>>()

/** Requests a drawing early, because the first drawing takes the gateway a few seconds. */
export const prepareDrawings = (): void => void drawingOf('pendingBatch')

function drawingOf(machine: string): Promise<string | null> {
  const known = drawings.get(machine)
  if (known !== undefined) return known
  const drawing = fetch(`/inspector/charts/${encodeURIComponent(machine)}.svg`)
    .then((answer) => (answer.ok ? answer.text() : null))
    .catch(() => null)
  drawings.set(machine, drawing)
  // After a failure, the next call requests the drawing again.
  void drawing.then((text) => text === null && drawings.delete(machine))
  return drawing
}

interface ChartProps {
  readonly machine: string
  readonly steps: readonly PathStep[]
  /** Start of the times in the chart. Null shows no times. */
  readonly startedAt: number | null
  /** Default: the tone of the active states. */
  readonly tone?: Tone
}

export function LitChart({ machine, steps, startedAt, tone }: ChartProps) {
  const holder = useRef<HTMLDivElement>(null)
  const [svg, setSvg] = useState<string | null | undefined>(undefined)
  const [isWhole, setIsWhole] = useState(() => matchMedia('(min-width: 720px)').matches)
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
  useEffect(() => light(holder.current, steps, startedAt), [svg, steps, startedAt])
  const states = steps.at(-1)?.states ?? []
  useEffect(() => {
    if (!isWhole) centre(holder.current, states.at(-1))
  }, [svg, isWhole, states.at(-1)])
  return (
    <div class={`statechart tone-${tone ?? toneOf(states)} ${isWhole ? 'whole' : ''}`}>
      <div class="drawing" ref={holder} />
      {svg === undefined && <p class="none">Drawing the statechart…</p>}
      {svg === null && (
        <p class="none">
          The statechart is not available: the machine is unknown, or the gateway does not answer.
        </p>
      )}
      {typeof svg === 'string' && (
        <button type="button" class="zoom" aria-pressed={!isWhole} onClick={() => setIsWhole(!isWhole)}>
          {isWhole ? 'Full size' : 'Fit'}
        </button>
      )}
    </div>
  )
}

/** Scrolls the drawing to a state. */
function centre(drawing: HTMLElement | null, state: string | undefined): void {
  const box = drawing
    ?.querySelector(`[data-state="${CSS.escape(state ?? '')}"] rect`)
    ?.getBoundingClientRect()
  if (!box || drawing === null) return
  const frame = drawing.getBoundingClientRect()
  drawing.scrollBy({
    left: box.x + box.width / 2 - frame.x - frame.width / 2,
    top: box.y + box.height / 2 - frame.y - frame.height / 2,
    behavior: 'smooth',
  })
}

/** Sets the classes of states and transitions, and writes the time at which each state was entered. */
function light(drawing: HTMLElement | null, steps: readonly PathStep[], startedAt: number | null): void {
  if (drawing === null) return
  if (startedAt !== null) writeTimes(drawing, steps, startedAt)
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
    element.classList.toggle(
      'taken',
      all.some((each) => taken.has(each)),
    )
    element.classList.toggle(
      'last',
      all.some((each) => last.has(each)),
    )
  }
}

/** Writes the time of the last entry at each innermost state, relative to the start. */
function writeTimes(drawing: HTMLElement, steps: readonly PathStep[], startedAt: number): void {
  const reached = new Map(steps.map(({ states, at }) => [states.at(-1) ?? '', at]))
  for (const state of drawing.querySelectorAll('[data-state]')) {
    const at = reached.get(state.getAttribute('data-state') ?? '')
    const known = state.querySelector('.when')
    if (at === undefined) known?.remove()
    else (known ?? state.appendChild(timeOf(state))).textContent = `+${duration(at - startedAt)}`
  }
}

/** A text at the upper right corner of the box of a state. */
function timeOf(state: Element): SVGTextElement {
  const text = document.createElementNS('http://www.w3.org/2000/svg', 'text')
  const [x, y, width] = ['x', 'y', 'width'].map((name) =>
    Number(state.querySelector('rect')?.getAttribute(name)),
  )
  text.setAttribute('class', 'when')
  text.setAttribute('x', String((x ?? 0) + (width ?? 0) + 5))
  text.setAttribute('y', String((y ?? 0) + 11))
  return text
}
