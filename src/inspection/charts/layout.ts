/** Computes the layout of graphs with ELK. ELK runs in a worker thread, because a layout takes one or two seconds. */
import { createRequire } from 'node:module'
import { Worker } from 'node:worker_threads'
import type { ElkEdgeSection, ElkNode } from 'elkjs/lib/elk-api.js'

export interface Point {
  readonly x: number
  readonly y: number
}

export interface Rectangle extends Point {
  readonly width: number
  readonly height: number
}

/** Positions in pixels. The y axis points down. */
export interface Layout {
  /** Rectangles of all nodes and of the graph itself, by id. */
  readonly boxes: ReadonlyMap<string, Rectangle>
  /** Lines of the edges, by id. */
  readonly lines: ReadonlyMap<string, LineLayout>
}

interface LineLayout {
  /** Start, bends and end of the line. */
  readonly points: readonly Point[]
  readonly label: Rectangle | null
}

/** Code of the worker thread. The code of the thread is plain JavaScript, because it runs from sources and from a build. */
const THREAD = `
const { parentPort, workerData } = require('node:worker_threads')
const Elk = require(workerData.library)
const elk = new Elk()
Promise.all(workerData.graphs.map((graph) => elk.layout(graph))).then(
  (graphs) => parentPort.postMessage(graphs),
  (error) => { throw error },
)`

/**
 * @returns one layout per graph
 * @throws Error if ELK fails
 */
export async function layOut(graphs: readonly ElkNode[]): Promise<readonly Layout[]> {
  const library = createRequire(import.meta.url).resolve('elkjs/lib/elk.bundled.js')
  const thread = new Worker(THREAD, { eval: true, execArgv: [], workerData: { library, graphs } })
  thread.unref()
  const found = await new Promise<readonly ElkNode[]>((resolve, reject) => {
    thread.once('message', resolve).once('error', reject)
  })
  return found.map(readLayout)
}

function readLayout(graph: ElkNode): Layout {
  const boxes = new Map(boxesIn(graph, { x: 0, y: 0 }))
  const lines = (graph.edges ?? []).flatMap(({ id, container, sections, labels }) => {
    const origin = boxes.get(container ?? graph.id) ?? { x: 0, y: 0 }
    const [section] = sections ?? []
    const [label] = labels ?? []
    if (section === undefined) return []
    const line: LineLayout = {
      points: pointsOf(section, origin),
      label: label ? toRectangle(label, origin) : null,
    }
    return [[id, line] as const]
  })
  return { boxes, lines: new Map(lines) }
}

/** Converts positions relative to the parent node to absolute positions. */
function boxesIn(node: ElkNode, origin: Point): readonly (readonly [string, Rectangle])[] {
  const box = toRectangle(node, origin)
  return [[node.id, box], ...(node.children ?? []).flatMap((child) => boxesIn(child, box))]
}

interface RelativeBox {
  readonly x?: number
  readonly y?: number
  readonly width?: number
  readonly height?: number
}

function toRectangle({ x = 0, y = 0, width = 0, height = 0 }: RelativeBox, origin: Point): Rectangle {
  return { x: x + origin.x, y: y + origin.y, width, height }
}

function pointsOf(
  { startPoint, bendPoints = [], endPoint }: ElkEdgeSection,
  origin: Point,
): readonly Point[] {
  return [startPoint, ...bendPoints, endPoint].map(({ x, y }) => ({ x: x + origin.x, y: y + origin.y }))
}
