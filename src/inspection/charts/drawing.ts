/** Draws a statechart as SVG without colours. A page finds states and transitions by attributes, to highlight the current state. */
import type { ChartTransition } from '../../../inspector/src/wire.ts'
import { type Box, type Line, layoutIdsOf, PADDING, type Sketch, TEXT, TITLE } from './graph.ts'
import type { Layout, Point, Rectangle } from './layout.ts'

const MARGIN = 2
const CORNER = 8
/** Radius of the bends of a line. */
const BEND = 6
const ARROW = { length: 8, half: 3.5 }

export function draw({ root, lines }: Sketch, layout: Layout): string {
  const { width, height } = rectangleOf(root, layout)
  const view = [-MARGIN, -MARGIN, width + 2 * MARGIN, height + 2 * MARGIN].map(short).join(' ')
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" class="chart" data-machine="${escaped(root.title)}"`,
    ` viewBox="${view}" width="${short(width + 2 * MARGIN)}" height="${short(height + 2 * MARGIN)}"`,
    ` role="img" aria-label="${escaped(root.title)}" fill="none" stroke="currentColor"`,
    ` font-family="ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="${TEXT.size}">`,
    drawBox(root, layout),
    ...lines.map((line) => drawLine(line, layout)),
    ...lines.map((line) => drawLabels(line, layout)),
    '</svg>\n',
  ].join('')
}

/** Draws a box before the child states, because a page may fill areas. */
function drawBox(box: Box, layout: Layout): string {
  const { state } = box
  const attributes =
    state === null
      ? 'class="machine"'
      : `id="${escaped(state.id)}" class="state ${state.type}" data-state="${escaped(state.id)}"`
  const place = rectangleOf(box, layout)
  return [
    `<g ${attributes}>`,
    state === null ? '' : `<title>${escaped(state.words)}</title>`,
    frame(place, 0),
    state?.type === 'final' ? frame(place, 3) : '',
    header(box, place),
    '</g>',
    initialMark(box, layout),
    ...box.children.map((child) => drawBox(child, layout)),
  ].join('')
}

function rectangleOf(box: Box, layout: Layout): Rectangle {
  return layout.boxes.get(layoutIdsOf(box).box) ?? { x: 0, y: 0, width: 0, height: 0 }
}

function frame({ x, y, width, height }: Rectangle, inset: number): string {
  const [w, h] = [width - 2 * inset, height - 2 * inset]
  return `<rect x="${short(x + inset)}" y="${short(y + inset)}" width="${short(w)}" height="${short(h)}" rx="${CORNER - inset}"/>`
}

/** The name of the state. Transitions without a target are listed below the name. */
function header({ title, inner, state, children }: Box, place: Rectangle): string {
  const alone = children.length === 0 && inner.length === 0
  const x = alone ? place.x + place.width / 2 : place.x + PADDING
  const base = alone ? place.y + place.height / 2 + TITLE.size / 3 : place.y + PADDING / 2 + TITLE.size
  const kind = state === null ? 'title' : 'name'
  return [
    text(title, { x, y: base }, `class="${kind}" font-size="${TITLE.size}" font-weight="600"`, alone),
    ...inner.map((each, index) =>
      wrapped(
        [each],
        text(each.words, { x, y: base + (index + 1) * TEXT.lineHeight }, 'class="label"', false),
      ),
    ),
  ].join('')
}

function initialMark(box: Box, layout: Layout): string {
  const places = layoutIdsOf(box)
  const dot = layout.boxes.get(places.dot)
  const line = layout.lines.get(places.initial)
  if (dot === undefined || line === undefined) return ''
  const radius = dot.width / 2
  const circle = `<circle cx="${short(dot.x + radius)}" cy="${short(dot.y + radius)}" r="${short(radius - 1)}" fill="currentColor"/>`
  return `<g class="initial">${circle}${arrow(line.points)}</g>`
}

/** A transition from a state to its own child starts at the dot of the state. The line is dashed, because any child is a source. */
function drawLine({ name, transitions, isInward }: Line, layout: Layout): string {
  const line = layout.lines.get(name)
  if (line === undefined) return ''
  const dashes = isInward ? ' stroke-dasharray="4 3"' : ''
  const ids = transitions.map(({ id }) => escaped(id)).join(' ')
  return `<g class="edge" data-transitions="${ids}"${dashes}>${tooltip(transitions)}${arrow(line.points)}</g>`
}

function drawLabels({ name, labels }: Line, layout: Layout): string {
  const place = layout.lines.get(name)?.label
  if (!place) return ''
  const middle = place.x + place.width / 2
  return labels
    .map(({ text: words, transitions }, index) => {
      const y = place.y + index * TEXT.lineHeight + TEXT.size
      return wrapped(transitions, tooltip(transitions) + text(words, { x: middle, y }, 'class="label"', true))
    })
    .join('')
}

/** Nested groups, one for each transition. A highlighted group highlights its content. */
function wrapped(transitions: readonly ChartTransition[], content: string): string {
  return transitions.reduceRight(
    (inside, { id }) => `<g class="transition" data-transition="${escaped(id)}">${inside}</g>`,
    content,
  )
}

/** The full text of the transitions, as a tooltip. */
function tooltip(transitions: readonly ChartTransition[]): string {
  return `<title>${transitions.map(({ words }) => escaped(words)).join('\n')}</title>`
}

function text(content: string, { x, y }: Point, attributes: string, isCentred: boolean): string {
  const anchor = isCentred ? ' text-anchor="middle"' : ''
  return `<text x="${short(x)}" y="${short(y)}" ${attributes}${anchor} fill="currentColor" stroke="none">${escaped(content)}</text>`
}

function arrow(points: readonly Point[]): string {
  const [before, tip] = points.slice(-2)
  if (before === undefined || tip === undefined) return ''
  return `<path d="${rounded(points)}"/>${head(before, tip)}`
}

/** The path of a line with round bends. */
function rounded([start, ...rest]: readonly Point[]): string {
  if (start === undefined) return ''
  let from = start
  const parts = rest.map((point, index) => {
    const next = rest[index + 1]
    if (next === undefined) return `L${at(point)}`
    const radius = Math.min(BEND, distance(from, point) / 2, distance(point, next) / 2)
    const part = `L${at(towards(point, from, radius))}Q${at(point)} ${at(towards(point, next, radius))}`
    from = point
    return part
  })
  return `M${at(start)}${parts.join('')}`
}

const distance = (one: Point, other: Point) => Math.hypot(other.x - one.x, other.y - one.y)

function towards(from: Point, to: Point, length: number): Point {
  const share = length / (distance(from, to) || 1)
  return { x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share }
}

function head(from: Point, tip: Point): string {
  const foot = towards(tip, from, ARROW.length)
  const [dx, dy] = [
    ((foot.y - tip.y) / ARROW.length) * ARROW.half,
    ((tip.x - foot.x) / ARROW.length) * ARROW.half,
  ]
  const left = { x: foot.x + dx, y: foot.y + dy }
  const right = { x: foot.x - dx, y: foot.y - dy }
  return `<path class="arrow" d="M${at(tip)}L${at(left)}L${at(right)}Z" fill="currentColor" stroke="none"/>`
}

function at({ x, y }: Point): string {
  return `${short(x)},${short(y)}`
}

function short(value: number): string {
  return String(Math.round(value * 10) / 10)
}

function escaped(value: string): string {
  return value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
