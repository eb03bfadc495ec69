/** The statecharts of all machines of a system. The data exists at the start, the SVG is drawn at the first request. */
import type { AnyStateMachine } from 'xstate'
import type { ChartList } from '../../../inspector/src/wire.ts'
import { machinesOf } from '../definition.ts'
import { chartOf } from './chart.ts'
import { draw } from './drawing.ts'
import { graphOf, sketch } from './graph.ts'
import { layOut } from './layout.ts'

export interface Charts {
  readonly list: ChartList
  /** The statechart of a machine as SVG, or null for an unknown machine. All charts are laid out together, once. */
  svg(machine: string): Promise<string | null>
}

/** @param root the root machine of the system */
export function createCharts(root: AnyStateMachine): Charts {
  const charts = machinesOf(root).map(chartOf)
  let pictures: Promise<ReadonlyMap<string, string>> | null = null
  async function drawAll(): Promise<ReadonlyMap<string, string>> {
    const sketches = charts.map(sketch)
    const layouts = await layOut(sketches.map(graphOf))
    return new Map(
      charts.flatMap(({ machine }, index) => {
        const [drawn, layout] = [sketches[index], layouts[index]]
        return drawn === undefined || layout === undefined ? [] : [[machine, draw(drawn, layout)] as const]
      }),
    )
  }
  return {
    list: { charts },
    async svg(machine) {
      pictures ??= drawAll().catch((error: unknown) => {
        pictures = null
        throw error
      })
      return (await pictures).get(machine) ?? null
    },
  }
}
