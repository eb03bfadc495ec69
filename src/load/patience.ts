/** Gives up on a run in which nothing moves any more. */
import type { DurationMs, Now } from '../domain/primitives.ts'

export interface Patience {
  /** Aborted when nothing has moved for too long, or with the outer signal. */
  readonly signal: AbortSignal
  /** Something moved. */
  renew(): void
  stop(): void
}

const CHECK_INTERVAL: DurationMs = 500

/** @param limit how long nothing may move */
export function createPatience(limit: DurationMs, now: Now, outer?: AbortSignal): Patience {
  const controller = new AbortController()
  let deadline = now() + limit
  const timer = setInterval(() => {
    if (now() >= deadline) controller.abort()
  }, CHECK_INTERVAL)
  return {
    signal: outer === undefined ? controller.signal : AbortSignal.any([controller.signal, outer]),
    renew() {
      deadline = now() + limit
    },
    stop: () => clearInterval(timer),
  }
}
