/** `GET /status/{id}`: the state of an operation, as in the reference API. `GET /operations/{id}`: all details. */
import { z } from '@hono/zod-openapi'
import { RefusedError } from '../../domain/errors.ts'
import type { OpsBatcherHandle } from '../../domain/handle.ts'
import { jsonResponse, problemResponses } from '../document.ts'
import { awaitLevel, longPollQuery, waitOf } from '../longPoll.ts'
import { json } from '../reply.ts'
import type { Route } from '../route.ts'
import { operation, status } from '../schemas.ts'
import { operationToWire, requestIdFromWire, statusToWire } from '../wire.ts'

/** Text of the reference API for an unknown id. */
const UNKNOWN_ID = 'Not found.'
const NO_OPERATION = 'No operation has this id. Check the request_id that the submission returned.'

const request = {
  params: z.object({
    id: z.string().openapi({ description: 'The `request_id` of the operation, with or without `gw_`' }),
  }),
  query: longPollQuery,
}
const problems = problemResponses('bad_request', 'not_found', 'batcher_unavailable', 'store_unavailable')

export function operationStatus(gateway: Pick<OpsBatcherHandle, 'status' | 'reaches'>): Route {
  return {
    method: 'get',
    path: '/status/{id}',
    docs: {
      operationId: 'getStatus',
      summary: 'The state of an operation',
      tags: ['Operations'],
      request,
      responses: { 200: jsonResponse('The state of the operation.', status), ...problems },
    },
    waitOf,
    async answer(request) {
      const id = requestIdFromWire(request.param('id') ?? '')
      // The answer shows only the state. A verdict is the last state, whatever level it has.
      if (id !== null) await awaitLevel(gateway, request, id, true)
      const stored = id === null ? null : await gateway.status(id)
      if (id === null || stored === null) throw new RefusedError('not_found', UNKNOWN_ID)
      return json(200, statusToWire(id, stored.kind, stored.state))
    },
  }
}

export function operationDetail(gateway: Pick<OpsBatcherHandle, 'operation' | 'reaches'>): Route {
  return {
    method: 'get',
    path: '/operations/{id}',
    isOperatorView: true,
    docs: {
      operationId: 'getOperation',
      summary: 'All details of an operation',
      tags: ['Operations'],
      request,
      responses: {
        200: jsonResponse('The operation, its last batch and its transactions.', operation),
        ...problems,
        ...problemResponses('operator_token_required'),
      },
    },
    waitOf,
    async answer(request) {
      const id = requestIdFromWire(request.param('id') ?? '')
      if (id !== null) await awaitLevel(gateway, request, id, false)
      const detail = id === null ? null : await gateway.operation(id)
      if (detail === null) throw new RefusedError('not_found', NO_OPERATION)
      return json(200, operationToWire(detail))
    },
  }
}
