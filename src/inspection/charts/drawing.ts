/** A statechart that is laid out, as SVG: structure and attributes to light it by, and no colours. */
import {
  type Box,
  clusterName,
  dotName,
  initialName,
  type Line,
  PADDING,
  type Sketch,
  TEXT,
  TITLE,
} from './graph.ts'
import type { Layout, PlacedLine, Point, Rectangle } from './layout.ts'

const MARGIN = 4
const CORNER = 6
const ARROW = { length: 8, half: 3.5 }

export function draw({ root, lines }: Sketch, layout: Layout): string {
  const { width, height } = layout
  const view = [-MARGIN, -MARGIN, width + 2 * MARGIN, height + 2 * MARGIN].map(short).join(' ')
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" class="chart" data-machine="${escaped(root.title)}"`,
    ` viewBox="${view}" width="${short(width + 2 * MARGIN)}" height="${short(height + 2 * MARGIN)}"`,
    ` role="img" aria-label="${escaped(root.title)}" fill="none" stroke="currentColor"`,
    ` font-family="ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="${TEXT.size}">`,
    drawBox(root, layout),
    ...lines.map((line) => drawLine(line, layout)),
    '</svg>\n',
  ].join('')
}

/** A state after what is around it, so that a page may fill areas. */
function drawBox(box: Box, layout: Layout): string {
  const id = box.state?.id ?? null
  const isCompound = box.children.length > 0
  const found = layout.boxes.get(isCompound ? clusterName(id) : (id ?? ''))
  // The machine's frame goes around everything, labels beyond the outermost states included.
  const place = box.state === null ? { x: 0, y: 0, width: layout.width, height: layout.height } : found
  if (place === undefined) return ''
  const attributes =
    box.state === null
      ? 'class="machine"'
      : `id="${escaped(box.state.id)}" class="state ${box.state.type}" data-state="${escaped(box.state.id)}"`
  return [
    `<g ${attributes}>`,
    box.state === null ? '' : `<title>${escaped(box.state.words)}</title>`,
    frame(place, 0),
    box.state?.type === 'final' ? frame(place, 3) : '',
    header(box, place, isCompound),
    '</g>',
    initialMark(id, layout),
    ...box.children.map((child) => drawBox(child, layout)),
  ].join('')
}

function frame({ x, y, width, height }: Rectangle, inset: number): string {
  const [w, h] = [width - 2 * inset, height - 2 * inset]
  return `<rect x="${short(x + inset)}" y="${short(y + inset)}" width="${short(w)}" height="${short(h)}" rx="${CORNER}"/>`
}

/** The name, and under it what happens without leaving the state. */
function header({ title, inner, state }: Box, place: Rectangle, isCompound: boolean): string {
  const alone = !isCompound && inner.length === 0
  const x = alone ? place.x + place.width / 2 : place.x + PADDING
  const base = alone ? place.y + place.height / 2 + TITLE.size / 3 : place.y + PADDING / 2 + TITLE.size
  const kind = state === null ? 'title' : 'name'
  return [
    text(title, { x, y: base }, `class="${kind}" font-size="${TITLE.size}" font-weight="600"`, alone),
    ...inner.map(({ id, words }, index) =>
      transition(id, text(words, { x, y: base + (index + 1) * TEXT.lineHeight }, 'class="label"', false)),
    ),
  ].join('')
}

function initialMark(id: string | null, layout: Layout): string {
  const dot = layout.boxes.get(dotName(id))
  const line = layout.lines.get(initialName(id))
  if (dot === undefined || line === undefined) return ''
  const radius = dot.width / 2
  const circle = `<circle cx="${short(dot.x + radius)}" cy="${short(dot.y + radius)}" r="${short(radius - 1)}" fill="currentColor"/>`
  return `<g class="initial">${circle}${arrow(line)}</g>`
}

/** A line from a state into itself starts at its dot, and is dashed: it leaves from wherever one is in the state. */
function drawLine({ name, transitions, isInward }: Line, layout: Layout): string {
  const line = layout.lines.get(name)
  if (line === undefined) return ''
  const dashes = isInward ? ' stroke-dasharray="4 3"' : ''
  const ids = transitions.map(({ id }) => escaped(id)).join(' ')
  const { label } = line
  const top = (label?.y ?? 0) - ((transitions.length - 1) * LABEL_LINE) / 2 + TEXT.size / 3
  const labels = transitions.map(({ id, words }, index) =>
    label === null
      ? ''
      : transition(id, text(words, { x: label.x, y: top + index * LABEL_LINE }, 'class="label"', true)),
  )
  return `<g class="edge" data-transitions="${ids}"${dashes}>${arrow(line)}</g>${labels.join('')}`
}

/** How Graphviz spaces the lines of a label of this size. */
const LABEL_LINE = TEXT.size * 1.2

function transition(id: string, content: string): string {
  return `<g class="transition" data-transition="${escaped(id)}">${content}</g>`
}

function text(content: string, { x, y }: Point, attributes: string, isCentred: boolean): string {
  const anchor = isCentred ? ' text-anchor="middle"' : ''
  return `<text x="${short(x)}" y="${short(y)}" ${attributes}${anchor} fill="currentColor" stroke="none">${escaped(content)}</text>`
}

function arrow({ curve: [start, ...rest], tip }: PlacedLine): string {
  const last = rest.at(-1)
  if (start === undefined || last === undefined) return ''
  const path = `M${at(start)}C${rest.map(at).join(' ')}`
  return `<path d="${path}"/>${head(last, tip)}`
}

function head(from: Point, tip: Point): string {
  const length = Math.hypot(tip.x - from.x, tip.y - from.y) || 1
  const [dx, dy] = [(tip.x - from.x) / length, (tip.y - from.y) / length]
  const foot = { x: tip.x - dx * ARROW.length, y: tip.y - dy * ARROW.length }
  const left = { x: foot.x - dy * ARROW.half, y: foot.y + dx * ARROW.half }
  const right = { x: foot.x + dy * ARROW.half, y: foot.y - dx * ARROW.half }
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
