/** `GET /livez` and `/readyz`: the probes of a service manager or a load balancer. */
import { z } from '@hono/zod-openapi'
import { UnavailableError } from '../../domain/errors.ts'
import type { OpsBatcherHandle } from '../../domain/handle.ts'
import { jsonResponse, problemResponses } from '../document.ts'
import { json } from '../reply.ts'
import type { Route } from '../route.ts'

const success = z.strictObject({ success: z.literal(true) }).openapi('Success')

/** Both probes answer 200 in the form of the reference's `/health`. */
export const ALIVE = json(200, { success: true })

/** The process answers. A service manager restarts the process if this probe fails. */
export const livenessProbe: Route = {
  method: 'get',
  path: '/livez',
  isRoutine: true,
  docs: {
    operationId: 'getLiveness',
    summary: 'Whether the process answers',
    tags: ['Gateway'],
    responses: { 200: jsonResponse('The process answers.', success), ...problemResponses() },
  },
  answer: () => ALIVE,
}

/** A load balancer sends requests only while this probe succeeds. */
export function readinessProbe(gateway: Pick<OpsBatcherHandle, 'isAdmitting'>): Route {
  return {
    method: 'get',
    path: '/readyz',
    isRoutine: true,
    docs: {
      operationId: 'getReadiness',
      summary: 'Whether operations are admitted',
      tags: ['Gateway'],
      responses: {
        200: jsonResponse('Operations are admitted.', success),
        ...problemResponses('batcher_unavailable'),
      },
    },
    answer() {
      if (!gateway.isAdmitting()) throw notAdmitting()
      return ALIVE
    },
  }
}

/** The error while the gateway starts, restarts or stops. */
export function notAdmitting(): UnavailableError {
  return new UnavailableError(
    'batcher_unavailable',
    'The gateway does not admit operations now. Please try again.',
    {
      retryAfter: 5,
    },
  )
}
