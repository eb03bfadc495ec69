/** Ends a run after a time without any change. */
import type { DurationMs, Now } from '../domain/primitives.ts'

export interface IdleTimeout {
  /** Aborted after the timeout, or together with the outer signal. */
  readonly signal: AbortSignal
  /** Restarts the timeout. */
  renew(): void
  stop(): void
}

const CHECK_INTERVAL: DurationMs = 500

/**
 * @param limit time without `renew` until the signal is aborted, in milliseconds
 * @param outer a further signal that aborts the run
 */
export function createIdleTimeout(limit: DurationMs, now: Now, outer?: AbortSignal): IdleTimeout {
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
