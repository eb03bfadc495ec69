/** The parts of a test generated from the definition of a machine. */
import type { AnyActor, AnyActorLogic } from 'xstate'
import { Deferred } from '../../machines/support/deferred.ts'
import { Stage } from '../../machines/support/stage.ts'
import type { EdgeWatch } from './edges.ts'
import { PathClock } from './pathClock.ts'
import type { Exploration, ModelEvent } from './paths.ts'

/** An effect whose result the path gives. */
interface Effect {
  readonly logic: AnyActorLogic
  resolve(answer: unknown): Promise<void>
  reject(error: string | Error): Promise<void>
}

export type Effects = Readonly<Record<string, Effect>>

/** An actor under test, with clock and effects. */
export interface Running {
  readonly actor: AnyActor
  readonly clock: PathClock
  readonly effects: Effects
  /** Waits until all pending work is done. @throws the error of a crashed actor */
  settle(): Promise<void>
  stop(): void
  /**
   * Checks the promises of the machine after an event.
   * @param event the last event
   * @throws Error when a promise is broken
   */
  check(event: ModelEvent): void
}

export interface Model extends Exploration {
  /** Types of events sent to the machine by other actors. */
  readonly sent: readonly string[]
  /**
   * Starts an actor of the machine.
   * @param watch receives the machine and the inspection of its system before the actor is created
   */
  start(watch: EdgeWatch): Running
}

/** A stage whose clock the path controls. */
export function pathStage(subject: ConstructorParameters<typeof Stage>[0], watch: EdgeWatch) {
  const clock = new PathClock()
  const stage = new Stage(subject, clock)
  stage.parent.system.inspect(watch.observe)
  return { stage, clock, settle: () => stage.settle(), stop: () => stage.parent.stop() }
}

/** Effects by name, answered by the test. */
export function deferredEffects<const Name extends string>(
  world: { settle(): Promise<void> },
  names: readonly Name[],
): Readonly<Record<Name, Deferred<unknown>>> {
  const entries = names.map((name) => [name, new Deferred<unknown>(world)] as const)
  return Object.fromEntries(entries) as Record<Name, Deferred<unknown>>
}

/** The logic of the effects, for the machine's slots. */
export function logicOf(effects: Effects): Record<string, AnyActorLogic> {
  return Object.fromEntries(Object.entries(effects).map(([name, { logic }]) => [name, logic]))
}

/** Logic without answers for the slots of a machine. */
export function unanswered(names: readonly string[]): Record<string, AnyActorLogic> {
  return logicOf(deferredEffects({ settle: async () => {} }, names))
}
