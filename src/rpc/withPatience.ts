/** Waits for work for a limited time. */
import type { DurationMs } from '../domain/primitives.ts'

/**
 * Resolves with the result of the work. The work goes on when the time is over, and its late result is ignored.
 * @param onLate makes the error when the time is over
 */
export function withPatience<T>(patience: DurationMs, work: Promise<T>, onLate: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    // The second timer lets an answer in that arrived while the process was busy.
    const late = () => {
      timer = setTimeout(() => reject(onLate()), 0)
    }
    let timer = setTimeout(late, patience)
    work.finally(() => clearTimeout(timer)).then(resolve, reject)
  })
}
