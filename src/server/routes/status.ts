/** `GET /status/{id}` and `GET /operations/{id}`: what becomes of an operation, in the reference's words and in full. */
import { z } from '@hono/zod-openapi'
import type { HonoRequest } from 'hono'
import { RefusedError } from '../../domain/errors.ts'
import type { OpsBatcherHandle } from '../../domain/handle.ts'
import type { OperationId } from '../../domain/operation.ts'
import { jsonResponse, problemResponses } from '../document.ts'
import type { Endpoint } from '../endpoint.ts'
import { json } from '../reply.ts'
import { operation, status } from '../schemas.ts'
import { operationToWire, requestIdFromWire, statusToWire } from '../wire.ts'

const request = {
  params: z.object({
    id: z.string().openapi({ description: "The operation's `request_id`, with or without `gw_`" }),
  }),
}
const problems = problemResponses('not_found', 'store_unavailable')

export function operationStatus(gateway: Pick<OpsBatcherHandle, 'status'>): Endpoint {
  return {
    method: 'get',
    path: '/status/{id}',
    docs: {
      summary: 'The state of an operation',
      tags: ['Operations'],
      request,
      responses: { 200: jsonResponse('Its state.', status), ...problems },
    },
    async answer(request) {
      const id = idOf(request)
      const found = await gateway.status(id)
      if (found === null) throw notFound()
      return json(200, statusToWire(id, found.kind, found.state))
    },
  }
}

export function operationDetail(gateway: Pick<OpsBatcherHandle, 'operation'>): Endpoint {
  return {
    method: 'get',
    path: '/operations/{id}',
    docs: {
      summary: 'Everything known of an operation',
      tags: ['Operations'],
      request,
      responses: {
        200: jsonResponse('The operation, its last batch and its transactions.', operation),
        ...problems,
      },
    },
    async answer(request) {
      const detail = await gateway.operation(idOf(request))
      if (detail === null) throw notFound()
      return json(200, operationToWire(detail))
    },
  }
}

/** @throws RefusedError `not_found` for what can be no operation's id */
function idOf(request: HonoRequest): OperationId {
  const id = requestIdFromWire(request.param('id') ?? '')
  if (id === null) throw notFound()
  return id
}

/** The reference's answer to an id that it does not know. */
function notFound(): RefusedError {
  return new RefusedError('not_found', 'Not found.')
}
