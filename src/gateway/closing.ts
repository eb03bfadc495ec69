/** Closes the parts of a program. A part that fails or hangs does not keep the next part from being closed. */
import type { DurationMs } from '../domain/primitives.ts'

export interface ClosingStep {
  /** Name of the part, for the error message. */
  readonly part: string
  readonly deadline: DurationMs
  close(): void | Promise<void>
}

/** Some parts could not be closed. The message names each part with its reason. */
export class ClosingError extends Error {
  override readonly name = 'ClosingError'
}

/** Runs all steps in order. @throws ClosingError if a step failed or did not end before its deadline */
export async function closeAll(steps: readonly ClosingStep[]): Promise<void> {
  const failures: { readonly part: string; readonly reason: string; readonly error: unknown }[] = []
  for (const { part, deadline, close } of steps) {
    try {
      await before(deadline, async () => close())
    } catch (error) {
      failures.push({ part, reason: error instanceof Error ? error.message : String(error), error })
    }
  }
  if (failures.length === 0) return
  const reasons = failures.map(({ part, reason }) => `${part}: ${reason}`)
  throw new ClosingError(`could not close ${reasons.join('; ')}`, { cause: failures[0]?.error })
}

/** @throws Error if the work does not end before the deadline */
async function before(deadline: DurationMs, work: () => Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const expired = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no end within ${deadline / 1000} s`)), deadline)
  })
  try {
    await Promise.race([work(), expired])
  } finally {
    clearTimeout(timer)
  }
}
