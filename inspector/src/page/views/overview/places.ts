/** Computes the position of each actor in the diagram for the available size. */
import { OUTSIDE } from '../../world/world.ts'
import type { Size } from '../parts/size.ts'

export interface Place {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

export interface Plan {
  /** Minimum height in pixels. */
  readonly least: number
  readonly places: ReadonlyMap<string, Place>
}

const NODE = { height: 84, least: 148, most: 212 }
const SLOT = { height: 52, least: 43, gap: 9 }
const CALLERS = { width: 104, height: 30 }
/** Minimum width for four columns. */
const WIDE = 700
/** Maximum number of slots in the column beside the batcher. More slots are placed below. */
const BESIDE = 8
/** Minimum and maximum height of the diagram. */
const LEAST = 342
const HIGHEST = 440

/** From top to bottom, in the first column. */
const FIRST_COLUMN = [OUTSIDE, 'intake', 'gateway', 'chainMonitor'] as const

/** Column and row of the other permanent actors. Operations flow from left to right in the first row. */
const WIDE_CELLS = {
  nonceTracker: [1, 0],
  opsBatcher: [2, 0],
  requestTracker: [1, 1],
  wallet: [2, 1],
} as const

/** Operations flow from top to bottom in the first column. */
const NARROW_CELLS = {
  [OUTSIDE]: [0, 0],
  intake: [0, 1],
  nonceTracker: [0, 2],
  opsBatcher: [0, 3],
  gateway: [1, 0],
  chainMonitor: [1, 1],
  requestTracker: [1, 2],
  wallet: [1, 3],
} as const

/**
 * @param slots names of the slots, in order
 * @param others names of actors without a fixed position
 */
export function planFor(size: Size, slots: readonly string[], others: readonly string[]): Plan {
  return size.width >= WIDE ? widePlan(size, slots, others) : narrowPlan(size.width, slots, others)
}

function widePlan({ width, height: room }: Size, slots: readonly string[], others: readonly string[]): Plan {
  const isBeside = slots.length <= BESIDE
  const columns = isBeside ? 4 : 3
  const nodeWidth = Math.min(NODE.most, Math.max(NODE.least, width / columns - 56))
  const stride = (width - nodeWidth) / (columns - 1)
  const column = isBeside ? slots.length * (SLOT.least + SLOT.gap) - SLOT.gap : 0
  const least = Math.max(LEAST, column)
  const isAlone = isBeside && others.length === 0
  const height = isAlone ? Math.min(HIGHEST, Math.max(least, room)) : least
  const places = new Map([
    ...firstColumn(nodeWidth, height),
    ...cellsToPlaces(WIDE_CELLS, { width: nodeWidth, stride, rise: height - NODE.height }),
  ])
  if (!isBeside) return belowPlan(places, [...slots, ...others], width, height + 40, 4)
  const slotHeight = Math.min(SLOT.height, (height + SLOT.gap) / slots.length - SLOT.gap)
  const rise = slots.length > 1 ? (height - slotHeight) / (slots.length - 1) : 0
  slots.forEach((slot, index) => {
    const y = slots.length > 1 ? index * rise : (height - slotHeight) / 2
    places.set(slot, { x: 3 * stride, y, width: nodeWidth, height: slotHeight })
  })
  return isAlone ? { least, places } : belowPlan(places, others, width, height + 24, 4)
}

/** The boxes of the first column, with equal gaps. */
function firstColumn(width: number, height: number): readonly (readonly [string, Place])[] {
  const used = CALLERS.height + (FIRST_COLUMN.length - 1) * NODE.height
  const gap = (height - used) / (FIRST_COLUMN.length - 1)
  let y = 0
  return FIRST_COLUMN.map((name) => {
    const place =
      name === OUTSIDE
        ? { x: (width - CALLERS.width) / 2, y, ...CALLERS }
        : { x: 0, y, width, height: NODE.height }
    y += place.height + gap
    return [name, place]
  })
}

function narrowPlan(width: number, slots: readonly string[], others: readonly string[]): Plan {
  const gap = 40
  const nodeWidth = (width - gap) / 2
  const rise = NODE.height + 34
  const places = cellsToPlaces(NARROW_CELLS, { width: nodeWidth, stride: nodeWidth + gap, rise })
  const callers = { x: (nodeWidth - CALLERS.width) / 2, y: (NODE.height - CALLERS.height) / 2, ...CALLERS }
  places.set(OUTSIDE, callers)
  return belowPlan(places, [...slots, ...others], width, 4 * rise, 2)
}

interface Grid {
  readonly width: number
  readonly stride: number
  readonly rise: number
}

type Cells = Readonly<Record<string, readonly [number, number]>>

function cellsToPlaces(cells: Cells, { width, stride, rise }: Grid): Map<string, Place> {
  return new Map(
    Object.entries(cells).map(([name, [column, row]]) => [
      name,
      { x: column * stride, y: row * rise, width, height: NODE.height },
    ]),
  )
}

function belowPlan(
  places: Map<string, Place>,
  names: readonly string[],
  width: number,
  top: number,
  columns: number,
): Plan {
  const cell = (width - (columns - 1) * SLOT.gap) / columns
  names.forEach((name, index) => {
    const [column, row] = [index % columns, Math.floor(index / columns)]
    const y = top + row * (SLOT.height + SLOT.gap)
    places.set(name, { x: column * (cell + SLOT.gap), y, width: cell, height: SLOT.height })
  })
  const rows = Math.ceil(names.length / columns)
  return { least: top + rows * (SLOT.height + SLOT.gap) - SLOT.gap, places }
}

/** A curve between the edges of two boxes. The curve bends to the left, because two directions on a straight line would overlap. */
export function curve(
  from: Place,
  to: Place,
): { readonly path: string; readonly middle: readonly [number, number] } {
  const [ax, ay] = centre(from)
  const [bx, by] = centre(to)
  const length = Math.hypot(bx - ax, by - ay) || 1
  const [nx, ny] = [-(by - ay) / length, (bx - ax) / length]
  const shift = 7
  const bow = Math.min(26, length / 9)
  const [sx, sy] = border(from, [ax + nx * shift, ay + ny * shift], [bx - ax, by - ay])
  const [tx, ty] = border(to, [bx + nx * shift, by + ny * shift], [ax - bx, ay - by])
  const [mx, my] = [(sx + tx) / 2 + nx * bow, (sy + ty) / 2 + ny * bow]
  const path = `M${one(sx)} ${one(sy)}Q${one(mx)} ${one(my)} ${one(tx)} ${one(ty)}`
  return { path, middle: [(sx + 2 * mx + tx) / 4, (sy + 2 * my + ty) / 4] }
}

const centre = ({ x, y, width, height }: Place): readonly [number, number] => [x + width / 2, y + height / 2]

/** The point at which a ray from inside a box crosses the edge of the box. */
function border(
  { x, y, width, height }: Place,
  [px, py]: readonly [number, number],
  [dx, dy]: readonly [number, number],
): readonly [number, number] {
  const across = dx === 0 ? Number.POSITIVE_INFINITY : ((dx > 0 ? x + width : x) - px) / dx
  const along = dy === 0 ? Number.POSITIVE_INFINITY : ((dy > 0 ? y + height : y) - py) / dy
  const share = Math.min(across, along)
  return [px + dx * share, py + dy * share]
}

const one = (value: number) => Math.round(value * 10) / 10
