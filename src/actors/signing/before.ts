/** A time limit for an answer. */
import type { DurationMs } from '../../domain/primitives.ts'

/** @throws Error if there is no answer within the time limit. A later answer is ignored. */
export async function before<T>(timeout: DurationMs, answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const expired = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no signature within ${timeout / 1000} s`)), timeout)
  })
  try {
    return await Promise.race([answer, expired])
  } finally {
    clearTimeout(timer)
  }
}
