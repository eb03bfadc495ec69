/**
 * Where everything in a graph goes. Graphviz finds it, in a thread of its own: it takes some hundred milliseconds, in
 * which the gateway must not stand still.
 */
import { createRequire } from 'node:module'
import { Worker } from 'node:worker_threads'
import type { Graph } from '@viz-js/viz'

export interface Point {
  readonly x: number
  readonly y: number
}

export interface Rectangle extends Point {
  readonly width: number
  readonly height: number
}

/** In points, y downwards. */
export interface Layout {
  readonly width: number
  readonly height: number
  /** Nodes and clusters by name. */
  readonly boxes: ReadonlyMap<string, Rectangle>
  /** Lines by their attribute `id`. */
  readonly lines: ReadonlyMap<string, PlacedLine>
}

export interface PlacedLine {
  /** The start of a Bézier curve, then three points for each piece of it. */
  readonly curve: readonly Point[]
  /** Where its arrow ends. */
  readonly tip: Point
  /** The middle of its label. */
  readonly label: Point | null
}

/** Runs in the thread; plain JavaScript, so that it starts alike from sources and from a build. */
const THREAD = `
const { parentPort, workerData } = require('node:worker_threads')
require(workerData.library).instance().then((viz) => {
  parentPort.postMessage(workerData.graphs.map((graph) => viz.renderString(graph, { format: 'json0', yInvert: true })))
})`

/**
 * @returns a layout for each graph
 * @throws Error when a graph cannot be laid out
 */
export async function layOut(graphs: readonly Graph[]): Promise<readonly Layout[]> {
  const library = createRequire(import.meta.url).resolve('@viz-js/viz')
  const thread = new Worker(THREAD, { eval: true, execArgv: [], workerData: { library, graphs } })
  thread.unref()
  const texts = await new Promise<readonly string[]>((resolve, reject) => {
    thread.once('message', resolve).once('error', reject)
  })
  return texts.map((text) => readLayout(JSON.parse(text)))
}

/** The part of Graphviz's JSON that is read. */
interface Found {
  readonly bb: string
  readonly objects?: readonly {
    readonly name: string
    readonly bb?: string
    readonly pos?: string
    readonly width?: string
    readonly height?: string
  }[]
  readonly edges?: readonly { readonly id: string; readonly pos: string; readonly lp?: string }[]
}

const POINTS_PER_INCH = 72

function readLayout({ bb, objects = [], edges = [] }: Found): Layout {
  const whole = rectangle(bb)
  return {
    width: whole.width,
    height: whole.height,
    boxes: new Map(
      objects.flatMap(({ name, bb: bounds, pos, width = '0', height = '0' }) => {
        if (bounds !== undefined) return [[name, rectangle(bounds)] as const]
        return pos === undefined ? [] : [[name, around(point(pos), Number(width), Number(height))] as const]
      }),
    ),
    lines: new Map(edges.map(({ id, pos, lp }) => [id, placedLine(pos, lp)])),
  }
}

function placedLine(pos: string, lp: string | undefined): PlacedLine {
  const parts = pos.split(' ')
  const end = parts.find((part) => part.startsWith('e,'))
  const curve = parts.filter((part) => /^[-\d]/.test(part)).map(point)
  const tip = end === undefined ? curve.at(-1) : point(end.slice(2))
  return { curve, tip: tip ?? { x: 0, y: 0 }, label: lp === undefined ? null : point(lp) }
}

function point(text: string): Point {
  const [x = 0, y = 0] = text.split(',').map(Number)
  return { x, y }
}

function rectangle(text: string): Rectangle {
  const [x1 = 0, y1 = 0, x2 = 0, y2 = 0] = text.split(',').map(Number)
  return { x: Math.min(x1, x2), y: Math.min(y1, y2), width: Math.abs(x2 - x1), height: Math.abs(y2 - y1) }
}

function around({ x, y }: Point, width: number, height: number): Rectangle {
  const [w, h] = [width * POINTS_PER_INCH, height * POINTS_PER_INCH]
  return { x: x - w / 2, y: y - h / 2, width: w, height: h }
}
