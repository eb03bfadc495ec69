/** What a test of a machine from its definition is made of. */
import type { AnyActor, AnyActorLogic } from 'xstate'
import { Deferred } from '../../machines/support/deferred.ts'
import { Stage } from '../../machines/support/stage.ts'
import type { EdgeWatch } from './edges.ts'
import { PathClock } from './pathClock.ts'
import type { Exploration, ModelEvent } from './paths.ts'

/** An effect whose answer a path gives. */
interface Effect {
  readonly logic: AnyActorLogic
  resolve(answer: unknown): Promise<void>
  reject(error: string | Error): Promise<void>
}

export type Effects = Readonly<Record<string, Effect>>

/** An actor under test, and the hands that hold it. */
export interface Running {
  readonly actor: AnyActor
  readonly clock: PathClock
  readonly effects: Effects
  /** Lets everything happen that is decided. @throws what an actor has died of */
  settle(): Promise<void>
  stop(): void
  /**
   * Holds what the machine promises against what it has done.
   * @param event what has happened just now
   * @throws when a promise is broken
   */
  check(event: ModelEvent): void
}

export interface Model extends Exploration {
  /** Types of the events that others send to the machine. */
  readonly sent: readonly string[]
  /**
   * Starts an actor of the machine.
   * @param watch is to be given the very machine, and the inspection of its system, before the actor is made
   */
  start(watch: EdgeWatch): Running
}

/** A stage on which time passes when a path says so. */
export function pathStage(subject: ConstructorParameters<typeof Stage>[0], watch: EdgeWatch) {
  const clock = new PathClock()
  const stage = new Stage(subject, clock)
  stage.parent.system.inspect(watch.observe)
  return { stage, clock, settle: () => stage.settle(), stop: () => stage.parent.stop() }
}

/** Effects by name, all in the test's hands. */
export function deferredEffects<const Name extends string>(
  world: { settle(): Promise<void> },
  names: readonly Name[],
): Readonly<Record<Name, Deferred<unknown>>> {
  const entries = names.map((name) => [name, new Deferred<unknown>(world)] as const)
  return Object.fromEntries(entries) as Record<Name, Deferred<unknown>>
}

/** What fills the machine's slots. */
export function logicOf(effects: Effects): Record<string, AnyActorLogic> {
  return Object.fromEntries(Object.entries(effects).map(([name, { logic }]) => [name, logic]))
}

/** Nobody behind the machine's slots. */
export function nobody(names: readonly string[]): Record<string, AnyActorLogic> {
  return logicOf(deferredEffects({ settle: async () => {} }, names))
}
