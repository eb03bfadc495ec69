/** The statecharts of a system of machines: what is in them at once, their pictures when they are first asked for. */
import type { AnyStateMachine } from 'xstate'
import type { ChartList } from '../../../inspector/src/wire.ts'
import { machinesOf } from '../definition.ts'
import { chartOf } from './chart.ts'
import { draw } from './drawing.ts'
import { graphOf, sketch } from './graph.ts'
import { layOut } from './layout.ts'

export interface Charts {
  readonly list: ChartList
  /** The picture of a machine as SVG; null for a machine that is not in the list. Laid out once, all together. */
  svg(machine: string): Promise<string | null>
}

/** @param root the machine that is composed of all others */
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
