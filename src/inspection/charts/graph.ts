/**
 * A statechart as a graph to lay out. A state that has states is a cluster with a small dot in it, where its initial
 * arrow starts and its own transitions are anchored. Transitions between the same two states share a line; those that
 * lead nowhere are lines of text in their state's box.
 */
import type { Attributes, Graph } from '@viz-js/viz'
import type { Chart, ChartState, ChartTransition } from '../../../inspector/src/wire.ts'

/** Sizes in points, which are the picture's pixels. Text is set in a monospaced face: its width is then known here. */
export const TEXT = { size: 11, advance: 6.6, lineHeight: 15 } as const
export const TITLE = { size: 12, advance: 7.2, lineHeight: 20 } as const
export const PADDING = 10
const POINTS_PER_INCH = 72
const DOT = 8

/** A line of the picture: all transitions from one state to another. */
export interface Line {
  readonly name: string
  /** Null for the machine itself. */
  readonly source: string | null
  readonly target: string
  readonly transitions: readonly ChartTransition[]
  /** Whether the target is in the source. */
  readonly isInward: boolean
}

/** What is drawn as a box: a state, or (null) the machine around all states. */
export interface Box {
  readonly state: ChartState | null
  readonly title: string
  /** The transitions that lead nowhere: lines of text under the title. */
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
  const lines = new Map<string, Line>()
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
  return [...lines.values()]
}

/** The graph in the form that the layout takes. */
export function graphOf({ root, lines }: Sketch): Graph {
  const compound = new Set(compoundsOf(root))
  const end = (id: string | null) => (compound.has(id) ? dotName(id) : (id ?? ''))
  return {
    name: 'chart',
    directed: true,
    graphAttributes: {
      rankdir: 'TB',
      compound: true,
      nodesep: 0.35,
      ranksep: 0.45,
      fontname: 'Courier',
      fontsize: TITLE.size,
      labeljust: 'l',
      margin: 0,
    },
    nodeAttributes: { shape: 'box', fixedsize: true, label: '' },
    edgeAttributes: { fontname: 'Courier', fontsize: TEXT.size },
    subgraphs: [clusterOf(root)],
    edges: [
      ...[root, ...within(root)].flatMap((box) => {
        const first = box.children.find(({ state }) => state?.isInitial)?.state
        if (first === undefined || first === null) return []
        const name = initialName(box.state?.id ?? null)
        return [
          {
            tail: dotName(box.state?.id ?? null),
            head: end(first.id),
            attributes: { id: name, ...(compound.has(first.id) && { lhead: clusterName(first.id) }) },
          },
        ]
      }),
      ...lines.map(({ name, source, target, transitions }) => ({
        tail: end(source),
        head: end(target),
        attributes: {
          id: name,
          label: transitions.map(({ words }) => ` ${words} `).join('\n'),
          ...(compound.has(source) && source !== null && { ltail: clusterName(source) }),
          ...(compound.has(target) && { lhead: clusterName(target) }),
        },
      })),
    ],
  }
}

export const clusterName = (id: string | null) => `cluster ${id ?? ''}`
export const dotName = (id: string | null) => `dot ${id ?? ''}`
export const initialName = (id: string | null) => `initial ${id ?? ''}`

function within({ children }: Box): readonly Box[] {
  return children.flatMap((child) => [child, ...within(child)])
}

function compoundsOf(box: Box): readonly (string | null)[] {
  return [box, ...within(box)].flatMap(({ children, state }) =>
    children.length > 0 ? [state?.id ?? null] : [],
  )
}

function clusterOf(box: Box): NonNullable<Graph['subgraphs']>[number] {
  const id = box.state?.id ?? null
  const leaves = box.children.filter(({ children }) => children.length === 0)
  return {
    name: clusterName(id),
    graphAttributes: {
      cluster: true,
      // What the header needs: as many lines as it has, as wide as the widest.
      label: [box.title, ...box.inner.map(({ words }) => words)].map((text) => `${text}  `).join('\n'),
      margin: PADDING + 4,
    },
    nodes: [
      {
        name: dotName(id),
        attributes: { width: DOT / POINTS_PER_INCH, height: DOT / POINTS_PER_INCH, shape: 'circle' },
      },
      ...leaves.map((leaf) => ({ name: leaf.state?.id ?? '', attributes: sizeOf(leaf) })),
    ],
    subgraphs: box.children.filter(({ children }) => children.length > 0).map(clusterOf),
  }
}

function sizeOf({ title, inner }: Box): Attributes {
  const widest = Math.max(
    title.length * TITLE.advance,
    ...inner.map(({ words }) => words.length * TEXT.advance),
  )
  return {
    width: (widest + 2 * PADDING) / POINTS_PER_INCH,
    height: (TITLE.lineHeight + inner.length * TEXT.lineHeight + PADDING) / POINTS_PER_INCH,
  }
}
