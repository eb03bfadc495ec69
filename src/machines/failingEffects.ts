/**
 * Bookkeeping of failing effects: an effect that keeps failing for the stall timeout is a persistent failure. A chart
 * keeps the record in its context, so the live view shows it. Pure.
 */
import type { BatchId } from '../domain/batch.ts'
import type { SystemEvent } from '../domain/events.ts'
import type { DurationMs, Millis } from '../domain/primitives.ts'

export interface FailingEffect {
  /** The last error in one line. */
  readonly reason: string
  /** Time of the first failure after the last success. */
  readonly since: Millis
  /** The failure has lasted for the stall timeout and was published. */
  readonly isPersistent: boolean
}

/** The effects of one actor whose last run failed, by slot name. */
export type FailingEffects = Readonly<Record<string, FailingEffect>>

export const noFailures: FailingEffects = {}

/** The actor that runs the effect. */
export interface EffectRun {
  readonly actor: string
  /** Null for an actor that is no batch. */
  readonly batchId: BatchId | null
  /** Name of the slot. */
  readonly effect: string
  readonly at: Millis
}

type FailureEvent = Extract<SystemEvent, { type: 'failure.persisted' | 'failure.ended' }>

export interface FailureChange {
  readonly failing: FailingEffects
  /** The event to publish; null for none. */
  readonly event: FailureEvent | null
}

/**
 * An effect failed. The event is published once: at the first failure after the stall timeout.
 * @param reason in one line, without secrets
 */
export function effectFailed(
  failing: FailingEffects,
  run: EffectRun,
  reason: string,
  stallTimeout: DurationMs,
): FailureChange {
  const before = failing[run.effect]
  const since = before?.since ?? run.at
  const isPersistent = run.at - since >= stallTimeout
  const event: FailureEvent = { type: 'failure.persisted', ...run, reason, since }
  return {
    failing: { ...failing, [run.effect]: { reason, since, isPersistent } },
    event: isPersistent && !before?.isPersistent ? event : null,
  }
}

/** An error in one line. viem keeps the words of the node in `details`: its message repeats the whole call. */
export function reasonOf(error: unknown): string {
  const details = typeof error === 'object' && error !== null && 'details' in error ? error.details : null
  const message = error instanceof Error ? error.message : String(error)
  const text = typeof details === 'string' && details !== '' ? details : message
  return text.split('\n', 1)[0] ?? ''
}

/** An effect succeeded. The event is published if the failure was. */
export function effectSucceeded(failing: FailingEffects, run: EffectRun): FailureChange {
  const { [run.effect]: before, ...failingStill } = failing
  if (before === undefined) return { failing, event: null }
  const event: FailureEvent = { type: 'failure.ended', ...run, since: before.since }
  return { failing: failingStill, event: before.isPersistent ? event : null }
}
