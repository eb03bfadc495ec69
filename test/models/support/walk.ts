/**
 * Model-based tests of a machine. A real actor of the production machine takes generated paths, and the path answers the
 * effects. At the start and after every step the actor must be in the state of the definition, and must keep its promises.
 */
import { type EdgeName, EdgeWatch, edgesOf, statesOf, transitionsOf, unhandledResults } from './edges.ts'
import type { Model, Running } from './model.ts'
import { describeSteps, generatePaths, keyOf, type ModelEvent, type Path } from './paths.ts'

export interface Coverage {
  readonly machine: string
  readonly states: number
  readonly transitions: number
  /** Transitions, and refusals of guards. */
  readonly edges: readonly EdgeName[]
  readonly paths: number
  /** Edges without a path. */
  readonly missing: readonly EdgeName[]
  /** Results of effects without a handler. */
  readonly ignored: readonly string[]
  /** Context fields read by guards but not by the view of the model. */
  readonly unseen: readonly string[]
}

/**
 * Takes every path of a machine.
 * @param models a model for each initial state; together the models cover the machine
 * @throws Error with the path when an event has no executor, the state of the actor differs from the definition, or a
 *   promise is broken
 */
export async function takeAllPaths(models: readonly [Model, ...Model[]]): Promise<Coverage> {
  const taken = new Set<EdgeName>()
  const unseen = new Set<string>()
  let count = 0
  for (const model of models) {
    const generated = generatePaths(model)
    for (const path of generated.paths) await takePath(model, path, new EdgeWatch(taken))
    for (const field of generated.unseen) unseen.add(field)
    count += generated.paths.length
  }
  const [{ machine }] = models
  const edges = edgesOf(machine)
  return {
    machine: machine.id,
    states: statesOf(machine).length - 1,
    transitions: transitionsOf(machine).length,
    paths: count,
    edges,
    missing: edges.filter((edge) => !taken.has(edge)),
    ignored: unhandledResults(machine),
    unseen: [...unseen],
  }
}

/** @throws Error with the path, see `takeAllPaths` */
export async function takePath(model: Model, { first, steps }: Path, watch: EdgeWatch): Promise<void> {
  const running = model.start(watch)
  const isAt = (key: string) => {
    const actual = keyOf(running.actor.getSnapshot(), model.view)
    if (actual !== key) throw new Error(`it is\n  ${actual}\nand should be\n  ${key}`)
  }
  let position = 'at the start'
  try {
    isAt(first)
    for (const { event, key } of steps) {
      position = `after '${event.label}'`
      await execute(model, running, event)
      isAt(key)
      running.check(event)
    }
  } catch (cause) {
    throw new Error(`${model.machine.id}: ${describeSteps(steps)}\n${position}: ${String(cause)}`, { cause })
  } finally {
    running.stop()
  }
}

/** Executes one event of a path. */
async function execute(model: Model, running: Running, event: ModelEvent): Promise<void> {
  const { actor, clock, effects } = running
  const { label: _label, ...bare } = event
  if (model.sent.includes(event.type)) {
    actor.send(bare)
    return running.settle()
  }
  if (clock.awaits(actor.system, event.type)) {
    clock.fire(actor.system, event.type)
    return running.settle()
  }
  const [, result, name = ''] = /^xstate\.(done|error)\.actor\.(.+)$/.exec(event.type) ?? []
  const effect = effects[name]
  if (effect === undefined) throw new Error(`no executor for ${event.type}`)
  return result === 'done'
    ? effect.resolve(event.output)
    : effect.reject(event.error instanceof Error ? event.error : String(event.error))
}
