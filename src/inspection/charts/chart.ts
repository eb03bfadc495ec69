/** Converts the definition of a machine to statechart data: states and transitions with ids and readable names. */
import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from 'xstate'
import type { Chart, ChartState, ChartTransition } from '../../../inspector/src/wire.ts'
import { ALWAYS, guardName, statesIn, transitionId, transitionsOf } from '../definition.ts'

/** Path of the charts in the HTTP API. */
const CHARTS_PATH = '/inspector/charts'

/** @param machine a machine, with or without effects */
export function chartOf(machine: AnyStateMachine): Chart {
  const { root } = machine
  const nodes = [root, ...statesIn(root)]
  return {
    machine: machine.id,
    svg: `${CHARTS_PATH}/${machine.id}.svg`,
    states: statesIn(root).map((node) => stateOf(node, root)),
    transitions: nodes.flatMap((node) => transitionsOf(node).flatMap((each) => transitionOf(each, root))),
  }
}

function stateOf(node: AnyStateNode, root: AnyStateNode): ChartState {
  const { id, path, key, description, parent, type, invoke } = node
  return {
    id,
    path: path.join('.'),
    name: key,
    words: description ?? inWords(key),
    parent: parent === undefined || parent === root ? null : parent.id,
    type,
    isInitial: parent?.initial.target?.includes(node) ?? false,
    invokes: invoke.map((effect) => effect.id),
  }
}

function transitionOf(
  transition: AnyTransitionDefinition,
  root: AnyStateNode,
): ChartTransition | readonly never[] {
  const id = transitionId(transition)
  if (id === null) return []
  const { source, target, eventType, guard } = transition
  const condition = guardName(guard)
  return {
    id,
    source: source === root ? null : source.id,
    target: target?.[0]?.id ?? null,
    event: eventType || ALWAYS,
    guard: condition,
    words:
      [eventInWords(eventType), condition === null ? '' : `[${condition}]`].join(' ').trim() || 'at once',
  }
}

/** Converts `ReadyToSubmit` to `ready to submit`. */
function inWords(name: string): string {
  return name.replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, ' ').toLowerCase()
}

/** Readable names for the events of XState. */
function eventInWords(event: string): string {
  const [, kind, rest = ''] = /^xstate\.(done\.actor|error\.actor|after|done\.state)\.(.+)$/.exec(event) ?? []
  switch (kind) {
    case 'done.actor':
      return `${rest === '*' ? 'an actor' : rest} done`
    case 'error.actor':
      return `${rest === '*' ? 'an actor' : rest} failed`
    case 'done.state':
      return 'all done'
    case 'after':
      return `after ${rest.split('.')[0]}`
    default:
      return event
  }
}
