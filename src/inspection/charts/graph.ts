/**
 * Converts a statechart to a graph for the layout. A compound state is a box around the child states. The box contains a small
 * dot, the start of the initial arrow and of transitions to child states. Transitions between two states share a line. Transitions
 * without a target are lines of text in the box of their state.
 */
import type { ElkExtendedEdge, ElkNode, LayoutOptions } from 'elkjs/lib/elk-api.js'
import type { Chart, ChartState, ChartTransition } from '../../../inspector/src/wire.ts'

/** Sizes in pixels. The font is monospaced, so the width of a text is known without measuring. */
export const TEXT = { size: 11, advance: 6.6, lineHeight: 15 } as const
export const TITLE = { size: 13, advance: 7.8, lineHeight: 20 } as const
export const PADDING = 12
const DOT = 10

/** A line of the drawing: all transitions from one state to another. */
export interface Line {
  readonly name: string
  /** Id of the source state. Null if the root of the machine is the source. */
  readonly source: string | null
  readonly target: string
  readonly transitions: readonly ChartTransition[]
  readonly labels: readonly LineLabel[]
  /** True if the target is inside the source. */
  readonly isInward: boolean
}

/** A text at a line, with the transitions of the text. */
interface LineLabel {
  readonly text: string
  readonly transitions: readonly ChartTransition[]
}

/** A box of the drawing: a state, or the machine around all states (null). */
export interface Box {
  readonly state: ChartState | null
  readonly title: string
  /** Transitions without a target: lines of text under the title. */
  readonly inner: readonly ChartTransition[]
  readonly children: readonly Box[]
}

export interface Sketch {
  readonly root: Box
  readonly lines: readonly Line[]
}

export function sketch({ machine, states, transitions }: Chart): Sketch {
  const inner = (source: string | null) =>
    transitions.filter((each) => each.target === null && each.source === source)
  const boxes = (parent: string | null): readonly Box[] =>
    states
      .filter((state) => state.parent === parent)
      .map((state) => ({ state, title: state.name, inner: inner(state.id), children: boxes(state.id) }))
  return {
    root: { state: null, title: machine, inner: inner(null), children: boxes(null) },
    lines: linesOf(states, transitions),
  }
}

function linesOf(states: readonly ChartState[], transitions: readonly ChartTransition[]): readonly Line[] {
  const parents = new Map(states.map(({ id, parent }) => [id, parent]))
  const isIn = (id: string | null, outer: string | null): boolean =>
    id !== null && (parents.get(id) === outer || isIn(parents.get(id) ?? null, outer))
  const lines = new Map<string, Omit<Line, 'labels'>>()
  for (const transition of transitions) {
    const { source, target } = transition
    if (target === null) continue
    const key = `${source} ${target}`
    const known = lines.get(key)
    lines.set(key, {
      name: known?.name ?? `line${lines.size}`,
      source,
      target,
      transitions: [...(known?.transitions ?? []), transition],
      isInward: isIn(target, source),
    })
  }
  return [...lines.values()].map((line) => ({ ...line, labels: labelsOf(line.transitions) }))
}

/** One label for each event. Guards appear only in the tooltip, because they would double the size of the drawing. */
function labelsOf(transitions: readonly ChartTransition[]): readonly LineLabel[] {
  const labels = new Map<string, ChartTransition[]>()
  for (const transition of transitions) {
    const text = withoutGuard(transition)
    labels.set(text, [...(labels.get(text) ?? []), transition])
  }
  return [...labels].map(([text, ofText]) => ({ text, transitions: ofText }))
}

/** The label of a transition. Without an event, the label is the guard. */
function withoutGuard({ words, guard }: ChartTransition): string {
  const suffix = ` [${guard}]`
  return words.endsWith(suffix) ? words.slice(0, -suffix.length) : words
}

/** Layered from top to bottom, with right angles. Each cycle has a single line back to the top. */
const OPTIONS: LayoutOptions = {
  'elk.algorithm': 'layered',
  'elk.direction': 'DOWN',
  'elk.hierarchyHandling': 'INCLUDE_CHILDREN',
  'elk.edgeRouting': 'ORTHOGONAL',
  'elk.layered.cycleBreaking.strategy': 'GREEDY',
  'elk.layered.considerModelOrder.strategy': 'NODES_AND_EDGES',
  'elk.layered.nodePlacement.strategy': 'NETWORK_SIMPLEX',
  'elk.spacing.nodeNode': '18',
  'elk.spacing.edgeNode': '10',
  'elk.spacing.edgeEdge': '8',
  'elk.spacing.edgeLabel': '3',
  'elk.layered.spacing.nodeNodeBetweenLayers': '16',
  'elk.layered.spacing.edgeNodeBetweenLayers': '10',
  'elk.layered.spacing.edgeEdgeBetweenLayers': '8',
}

/** The graph in the format of ELK. */
export function graphOf({ root, lines }: Sketch): ElkNode {
  const { children = [], layoutOptions } = nodeOf(root)
  return { id: ROOT, layoutOptions: { ...OPTIONS, ...layoutOptions }, children, edges: edgesOf(root, lines) }
}

const ROOT = 'machine'
const dotName = (id: string | null) => `dot ${id ?? ''}`
const initialName = (id: string | null) => `initial ${id ?? ''}`

/** The ids of a box, of the dot and of the initial arrow in the layout. */
export const layoutIdsOf = ({ state }: Box) => ({
  box: state?.id ?? ROOT,
  dot: dotName(state?.id ?? null),
  initial: initialName(state?.id ?? null),
})

function within({ children }: Box): readonly Box[] {
  return children.flatMap((child) => [child, ...within(child)])
}

function nodeOf(box: Box): ElkNode {
  const { box: id, dot } = layoutIdsOf(box)
  const width = widthOf([box.title], TITLE.advance, box.inner)
  const head = PADDING / 2 + TITLE.lineHeight + box.inner.length * TEXT.lineHeight
  if (box.children.length === 0) return { id, width, height: head + PADDING / 2 }
  return {
    id,
    children: [{ id: dot, width: DOT, height: DOT }, ...box.children.map(nodeOf)],
    layoutOptions: {
      'elk.padding': `[top=${head + PADDING},left=${PADDING + 4},bottom=${PADDING + 4},right=${PADDING + 4}]`,
      'elk.nodeSize.constraints': 'MINIMUM_SIZE',
      'elk.nodeSize.minimum': `(${width},${head})`,
    },
  }
}

function widthOf(titles: readonly string[], advance: number, inner: readonly ChartTransition[]): number {
  const widths = [
    ...titles.map((title) => title.length * advance),
    ...inner.map(({ words }) => words.length * TEXT.advance),
  ]
  return Math.max(...widths) + 2 * PADDING
}

function edgesOf(root: Box, lines: readonly Line[]): ElkExtendedEdge[] {
  const initial = [root, ...within(root)].flatMap((box): readonly ElkExtendedEdge[] => {
    const { initial: id, dot } = layoutIdsOf(box)
    const first = box.children.find(({ state }) => state?.isInitial)
    return first === undefined ? [] : [{ id, sources: [dot], targets: [layoutIdsOf(first).box] }]
  })
  const others = lines.map(({ name, source, target, labels, isInward }) => ({
    id: name,
    sources: [source === null || isInward ? dotName(source) : source],
    targets: [target],
    labels: [
      {
        text: name,
        width: Math.max(...labels.map(({ text }) => text.length * TEXT.advance)) + 6,
        height: labels.length * TEXT.lineHeight,
      },
    ],
  }))
  return [...initial, ...others]
}
