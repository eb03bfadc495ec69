/** Reports steps of the system clock. */
import type { SystemEvent } from '../domain/events.ts'
import type { DurationMs } from '../domain/primitives.ts'
import { type ClockStep, createStepDetector, steadyNow } from '../domain/steadyClock.ts'

const CHECK_INTERVAL: DurationMs = 1_000

/**
 * Checks the system clock once a second. The check does not keep the process alive.
 * @returns a function that ends this
 */
export function watchClock(
  publish: (event: SystemEvent) => void,
  findStep: () => ClockStep | null = createStepDetector(() => Date.now(), steadyNow),
): () => void {
  const timer = setInterval(() => {
    const step = findStep()
    if (step !== null) publish({ type: 'clock.stepped', ...step })
  }, CHECK_INTERVAL)
  timer.unref()
  return () => clearInterval(timer)
}
