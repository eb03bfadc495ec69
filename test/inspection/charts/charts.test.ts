import { describe, expect, it } from 'vitest'
import { type AnyStateMachine, createMachine } from 'xstate'
import { createCharts } from '../../../src/inspection/charts/charts.ts'
import { machinesOf, statesIn, transitionsOf } from '../../../src/inspection/definition.ts'
import { gatewayMachine } from '../../../src/machines/root/root.ts'
import { lampMachine, roomMachine } from '../system.ts'

const charts = createCharts(gatewayMachine)

/** The values of an attribute, each once. */
function valuesOf(svg: string, attribute: string): readonly string[] {
  const found = [...svg.matchAll(new RegExp(` ${attribute}="([^"]*)"`, 'g'))].map(([, value = '']) => value)
  return [...new Set(found)].sort()
}

async function svgOf(machine: AnyStateMachine): Promise<string> {
  return (await createCharts(machine).svg(machine.id)) ?? ''
}

it('contains every machine of the system', () => {
  expect(charts.list.charts.map(({ machine }) => machine)).toEqual(
    machinesOf(gatewayMachine).map(({ id }) => id),
  )
  expect(charts.list.charts.map(({ machine }) => machine)).toEqual(
    expect.arrayContaining([
      'gateway',
      'chainMonitor',
      'nonceTracker',
      'wallet',
      'opsBatcher',
      'pendingBatch',
    ]),
  )
})

describe.each(machinesOf(gatewayMachine).map((machine) => ({ name: machine.id, machine })))(
  'the chart of $name',
  ({ name, machine }) => {
    const chart = charts.list.charts.find((each) => each.machine === name)
    const nodes = statesIn(machine.root)

    it('lists every state and every transition of the definition with a unique id', () => {
      expect(chart?.states.map(({ id }) => id)).toEqual(nodes.map(({ id }) => id))
      const count = [machine.root, ...nodes].reduce((sum, node) => sum + transitionsOf(node).length, 0)
      const ids = chart?.transitions.map(({ id }) => id)
      expect(ids).toHaveLength(count)
      expect(new Set(ids).size).toBe(count)
    })

    it('is drawn with an element for each id', async () => {
      const svg = (await charts.svg(name)) ?? ''
      expect(valuesOf(svg, 'data-state')).toEqual(chart?.states.map(({ id }) => id).sort())
      expect(valuesOf(svg, 'data-transition')).toEqual(chart?.transitions.map(({ id }) => id).sort())
      const lines = valuesOf(svg, 'data-transitions').flatMap((ids) => ids.split(' '))
      expect(lines.sort()).toEqual(
        chart?.transitions.flatMap(({ id, target }) => (target === null ? [] : [id])).sort(),
      )
    })

    it('is well formed, without colours, styles and scripts', async () => {
      const svg = (await charts.svg(name)) ?? ''
      expect(openTags(svg)).toEqual([])
      const paint = [...svg.matchAll(/ (?:fill|stroke)="([^"]*)"/g)].map(([, value]) => value)
      expect(new Set(paint)).toEqual(new Set(['none', 'currentColor']))
      expect(svg).not.toMatch(/ style=|<style|<script|href|NaN|undefined/)
    })
  },
)

/** Tags without a closing tag in the correct order. */
function openTags(svg: string): readonly string[] {
  const open: string[] = []
  for (const [, closing, name = '', empty] of svg.matchAll(/<(\/?)(\w+)[^>]*?(\/?)>/g)) {
    if (closing === '/') {
      if (open.at(-1) !== name) return [...open, `/${name}`]
      open.pop()
    } else if (empty !== '/') open.push(name)
  }
  return open
}

describe('a definition', () => {
  it('is converted to readable names, with guards, initial states, effects and eventless transitions', () => {
    const chart = createCharts(roomMachine).list.charts.find(({ machine }) => machine === 'lamp')
    expect(chart?.states.find(({ id }) => id === 'lamp.On')).toEqual({
      id: 'lamp.On',
      path: 'On',
      name: 'On',
      words: 'it gives light',
      parent: null,
      type: 'compound',
      isInitial: false,
      invokes: ['glow'],
    })
    expect(chart?.transitions).toContainEqual({
      id: 'lamp.On.Warming:always:0',
      source: 'lamp.On.Warming',
      target: 'lamp.Burnt',
      event: 'always',
      guard: 'isWorn',
      words: '[isWorn]',
    })
    expect(chart?.transitions).toContainEqual({
      id: 'lamp:count:0',
      source: null,
      target: null,
      event: 'count',
      guard: null,
      words: 'count',
    })
  })

  it('with a new state has the new state in the chart', async () => {
    const before = createMachine({
      id: 'door',
      initial: 'Shut',
      states: { Shut: { on: { open: 'Open' } }, Open: {} },
    })
    const after = createMachine({
      id: 'door',
      initial: 'Shut',
      states: { Shut: { on: { open: 'Open' } }, Open: { on: { jam: 'HalfOpen' } }, HalfOpen: {} },
    })
    expect(valuesOf(await svgOf(before), 'data-state')).not.toContain('door.HalfOpen')
    const svg = await svgOf(after)
    expect(valuesOf(svg, 'data-state')).toContain('door.HalfOpen')
    expect(svg).toContain('<title>half open</title>')
    expect(svg).toContain('>jam<')
  })

  it('has equal transition ids with and without effects', () => {
    const provided = lampMachine.provide({ actions: { throwUp: () => {} } })
    const idsOf = (machine: AnyStateMachine) =>
      createCharts(machine).list.charts.flatMap(({ transitions }) => transitions.map(({ id }) => id))
    expect(idsOf(provided)).toEqual(idsOf(lampMachine))
  })

  it('of an unknown machine has no drawing', async () => {
    expect(await charts.svg('nobody')).toBeNull()
  })
})
