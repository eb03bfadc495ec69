/**
 * Model-based testing of a machine: paths are generated from the machine that runs in production, and taken by a real actor
 * of it whose effects are in the test's hands. At the start and after every step the actor must be where the definition
 * says, and keep what it promises.
 */
import { type EdgeName, EdgeWatch, edgesOf, ignoredOutcomes, statesOf, transitionsOf } from './edges.ts'
import type { Model, Running } from './model.ts'
import { describeSteps, generatePaths, keyOf, type ModelEvent, type Path } from './paths.ts'

export interface Coverage {
  readonly machine: string
  readonly states: number
  readonly transitions: number
  /** Transitions, and of the guarded ones that the guard says no. */
  readonly edges: readonly EdgeName[]
  readonly paths: number
  /** Edges that no path has taken. */
  readonly missing: readonly EdgeName[]
  /** Outcomes of effects that the machine does not expect. */
  readonly ignored: readonly string[]
  /** What guards look at in the context, and the model does not. */
  readonly unseen: readonly string[]
}

/**
 * Takes every path of a machine.
 * @param models one for each way in which the machine can begin; together they cover it
 * @throws Error naming the path, when an event of it has no executor, the actor is not where the definition says, or it
 *   has broken a promise
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
    ignored: ignoredOutcomes(machine),
    unseen: [...unseen],
  }
}

/** @throws Error naming the path, see `takeAllPaths` */
export async function takePath(model: Model, { first, steps }: Path, watch: EdgeWatch): Promise<void> {
  const running = model.start(watch)
  const isAt = (key: string) => {
    const actual = keyOf(running.actor.getSnapshot(), model.view)
    if (actual !== key) throw new Error(`it is\n  ${actual}\nand should be\n  ${key}`)
  }
  let place = 'at the start'
  try {
    isAt(first)
    for (const { event, key } of steps) {
      place = `after '${event.label}'`
      await execute(model, running, event)
      isAt(key)
      running.check(event)
    }
  } catch (cause) {
    throw new Error(`${model.machine.id}: ${describeSteps(steps)}\n${place}: ${String(cause)}`, { cause })
  } finally {
    running.stop()
  }
}

/** Makes an event of a path happen. */
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
  const [, outcome, name = ''] = /^xstate\.(done|error)\.actor\.(.+)$/.exec(event.type) ?? []
  const effect = effects[name]
  if (effect === undefined) throw new Error(`no executor for ${event.type}`)
  return outcome === 'done'
    ? effect.resolve(event.output)
    : effect.reject(event.error instanceof Error ? event.error : String(event.error))
}
