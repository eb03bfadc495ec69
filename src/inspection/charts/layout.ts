/**
 * Where everything in a graph goes. ELK finds it, in a thread of its own: it takes a second or two, in which the gateway
 * must not stand still.
 */
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

/** In pixels, y downwards. */
export interface Layout {
  /** Nodes by id, the graph itself among them. */
  readonly boxes: ReadonlyMap<string, Rectangle>
  /** Edges by id. */
  readonly lines: ReadonlyMap<string, PlacedLine>
}

interface PlacedLine {
  /** Start, bends, end. */
  readonly points: readonly Point[]
  readonly label: Rectangle | null
}

/** Runs in the thread; plain JavaScript, so that it starts alike from sources and from a build. */
const THREAD = `
const { parentPort, workerData } = require('node:worker_threads')
const Elk = require(workerData.library)
const elk = new Elk()
Promise.all(workerData.graphs.map((graph) => elk.layout(graph))).then(
  (graphs) => parentPort.postMessage(graphs),
  (error) => { throw error },
)`

/**
 * @returns a layout for each graph
 * @throws Error when a graph cannot be laid out
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
    const line: PlacedLine = {
      points: pointsOf(section, origin),
      label: label ? placed(label, origin) : null,
    }
    return [[id, line] as const]
  })
  return { boxes, lines: new Map(lines) }
}

/** Places are told relative to what they are in. */
function boxesIn(node: ElkNode, origin: Point): readonly (readonly [string, Rectangle])[] {
  const box = placed(node, origin)
  return [[node.id, box], ...(node.children ?? []).flatMap((child) => boxesIn(child, box))]
}

interface Placed {
  readonly x?: number
  readonly y?: number
  readonly width?: number
  readonly height?: number
}

function placed({ x = 0, y = 0, width = 0, height = 0 }: Placed, origin: Point): Rectangle {
  return { x: x + origin.x, y: y + origin.y, width, height }
}

function pointsOf(
  { startPoint, bendPoints = [], endPoint }: ElkEdgeSection,
  origin: Point,
): readonly Point[] {
  return [startPoint, ...bendPoints, endPoint].map(({ x, y }) => ({ x: x + origin.x, y: y + origin.y }))
}
