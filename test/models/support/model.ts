/**
 * Model-based testing of a machine: paths are generated from the machine that runs in production, and taken by a real actor
 * of it whose effects are in the test's hands. After every step the actor must be where the definition says.
 */
import type { AnyActor, AnyActorLogic, AnyStateMachine } from 'xstate'
import { Deferred } from '../../machines/support/deferred.ts'
import type { Stage } from '../../machines/support/stage.ts'
import { type EdgeName, edgesOf, statesOf, transitionsOf, watchEdges } from './edges.ts'
import { describePath, type Exploration, generatePaths, keyOf, type ModelEvent, type Path } from './paths.ts'

/** An effect whose answer a path gives. */
interface Effect {
  readonly logic: AnyActorLogic
  resolve(answer: unknown): Promise<void>
  reject(error: string | Error): Promise<void>
}

/** An actor under test, and the hands that hold it. */
export interface Running {
  readonly actor: AnyActor
  readonly stage: Stage
  readonly effects: Readonly<Record<string, Effect>>
}

export interface Model extends Exploration {
  /** Types of the events that others send to the machine. */
  readonly sent: readonly string[]
  /** Delays in milliseconds, by the name that they have in the machine. */
  readonly delays: Readonly<Record<string, number>>
  /** Starts an actor of a machine of its own; `watch` is to be given that machine before it is started. */
  start(watch: (machine: AnyStateMachine) => void): Running
}

export interface Coverage {
  readonly machine: string
  readonly states: number
  readonly transitions: number
  /** Transitions, and of the guarded ones that the guard says no. */
  readonly edges: readonly EdgeName[]
  readonly paths: number
  readonly missing: readonly EdgeName[]
}

/**
 * Takes every path of a machine.
 * @param models one for each way in which the machine can begin; together they cover it
 * @throws Error naming the path, when an event of it has no executor, or the actor is not where the definition says
 */
export async function takeAllPaths(models: readonly [Model, ...Model[]]): Promise<Coverage> {
  const taken = new Set<EdgeName>()
  let count = 0
  for (const model of models) {
    const paths = generatePaths(model)
    for (const path of paths) await takePath(model, path, taken)
    count += paths.length
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
  }
}

async function takePath(model: Model, path: Path, taken: Set<EdgeName>): Promise<void> {
  let stepOver = () => {}
  const running = model.start((machine) => {
    stepOver = watchEdges(machine, (edge) => taken.add(edge))
  })
  try {
    for (const { event, key } of path) {
      await execute(model, running, event)
      stepOver()
      const actual = keyOf(running.actor.getSnapshot(), model.view)
      if (actual !== key)
        throw new Error(`after '${event.label}' it is\n  ${actual}\nand should be\n  ${key}`)
    }
  } catch (cause) {
    throw new Error(`${model.machine.id}: ${describePath(path)}\n${String(cause)}`, { cause })
  } finally {
    running.stage.parent.stop()
  }
}

async function execute(model: Model, { actor, stage, effects }: Running, event: ModelEvent): Promise<void> {
  const { label: _label, ...bare } = event
  const [, kind, name = ''] = /^xstate\.(done\.actor|error\.actor|after)\.([^.]+)/.exec(event.type) ?? []
  if (kind === undefined || model.sent.includes(event.type)) {
    if (!model.sent.includes(event.type)) throw new Error(`no executor for ${event.type}`)
    actor.send(bare)
    return stage.settle()
  }
  if (kind === 'after') {
    const delay = model.delays[name]
    if (delay === undefined) throw new Error(`no executor for ${event.type}`)
    return stage.advance(delay)
  }
  const effect = effects[name]
  if (effect === undefined) throw new Error(`no executor for ${event.type}`)
  return kind === 'done.actor'
    ? effect.resolve(event.output)
    : effect.reject(event.error instanceof Error ? event.error : String(event.error))
}

/** Effects by name, all in the test's hands. */
export function deferredEffects<const Name extends string>(
  stage: Stage,
  names: readonly Name[],
): Readonly<Record<Name, Deferred<unknown>>> {
  const entries = names.map((name) => [name, new Deferred<unknown>(stage)] as const)
  return Object.fromEntries(entries) as Record<Name, Deferred<unknown>>
}

/** What fills the machine's slots. */
export function logicOf(effects: Running['effects']): Record<string, AnyActorLogic> {
  return Object.fromEntries(Object.entries(effects).map(([name, { logic }]) => [name, logic]))
}
