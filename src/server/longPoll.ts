/** The query `?wait=20&until=included`: the answer may wait until an operation has reached a level of finality. */
import { z } from '@hono/zod-openapi'
import type { HonoRequest } from 'hono'
import { RefusedError } from '../domain/errors.ts'
import { FINALITY_LEVELS, type FinalityLevel } from '../domain/finality.ts'
import type { OpsBatcherHandle } from '../domain/handle.ts'
import type { OperationId } from '../domain/operation.ts'
import type { DurationMs } from '../domain/primitives.ts'

/** Longest wait in seconds. Shorter than the idle time of usual load balancers. */
const LONGEST_WAIT = 30

export const longPollQuery = z.object({
  wait: z
    .int()
    .min(0)
    .max(LONGEST_WAIT)
    .default(0)
    .openapi({ description: 'Longest wait for the level of `until`, in seconds' }),
  until: z
    .enum(FINALITY_LEVELS)
    .default('finalized')
    .openapi({ description: 'The answer waits for this level of finality or a higher one' }),
})

/** The time that a request may wait; 0 for a wrong value, which the route refuses. */
export function waitOf(request: HonoRequest): DurationMs {
  return 1_000 * (readWait(request.query('wait')) ?? 0)
}

/**
 * Waits as the query asks. Without `wait` there is no wait.
 * @param endsWithVerdict true: a verdict ends the wait, also below the level
 * @throws RefusedError for a wrong value; UnavailableError if too many requests wait
 */
export async function awaitLevel(
  gateway: Pick<OpsBatcherHandle, 'reaches'>,
  request: HonoRequest,
  id: OperationId,
  endsWithVerdict: boolean,
): Promise<void> {
  const until = readUntil(request.query('until'))
  const wait = readWait(request.query('wait'))
  if (wait === null)
    throw new RefusedError('bad_request', `wait must be an integer from 0 to ${LONGEST_WAIT} seconds.`)
  if (wait === 0) return
  await gateway.reaches(id, until, 1_000 * wait, { endsWithVerdict, signal: request.raw.signal })
}

/** @returns null for a wrong value */
function readWait(text: string | undefined): number | null {
  if (text === undefined) return 0
  const wait = /^\d{1,2}$/.test(text) ? Number(text) : Number.NaN
  return wait <= LONGEST_WAIT ? wait : null
}

function readUntil(text: string | undefined): FinalityLevel {
  const level = FINALITY_LEVELS.find((each) => each === (text ?? 'finalized'))
  if (level !== undefined) return level
  throw new RefusedError('bad_request', `until must be one of ${FINALITY_LEVELS.join(', ')}.`)
}
