/** `GET /batches` and `GET /batches/{id}`: batches with their operations, transactions and verdicts. */
import { z } from '@hono/zod-openapi'
import { RefusedError } from '../../domain/errors.ts'
import type { OpsBatcherHandle } from '../../domain/handle.ts'
import { jsonResponse, problemResponses } from '../document.ts'
import { json } from '../reply.ts'
import type { Route } from '../route.ts'
import { batch, batches, batchId } from '../schemas.ts'
import { batchDetailToWire, batchToWire, uuidFromWire } from '../wire.ts'

const DEFAULT_LIMIT = 20
const MAX_LIMIT = 100

export function batchList(gateway: Pick<OpsBatcherHandle, 'batches'>): Route {
  return {
    method: 'get',
    path: '/batches',
    isOperatorView: true,
    docs: {
      operationId: 'listBatches',
      summary: 'Batches, newest first',
      tags: ['Batches'],
      request: {
        query: z.object({
          limit: z.int().min(1).max(MAX_LIMIT).default(DEFAULT_LIMIT),
          before: batchId.optional().openapi({ description: 'Id of a batch. Lists only older batches' }),
        }),
      },
      responses: {
        200: jsonResponse('A page of batches.', batches),
        ...problemResponses('bad_request', 'operator_token_required', 'store_unavailable'),
      },
    },
    async answer(request) {
      const limit = readLimit(request.query('limit'))
      const before = readBefore(request.query('before'))
      const page = before === undefined ? await gateway.batches(limit) : await gateway.batches(limit, before)
      const next = page.length < limit ? null : (page.at(-1)?.id ?? null)
      return json(200, { batches: page.map(batchToWire), next })
    },
  }
}

export function batchDetail(gateway: Pick<OpsBatcherHandle, 'batch'>): Route {
  return {
    method: 'get',
    path: '/batches/{id}',
    isOperatorView: true,
    docs: {
      operationId: 'getBatch',
      summary: 'One batch: its operations, calls and transactions',
      tags: ['Batches'],
      request: { params: z.object({ id: batchId }) },
      responses: {
        200: jsonResponse('The batch.', batch),
        ...problemResponses('not_found', 'operator_token_required', 'store_unavailable'),
      },
    },
    async answer(request) {
      const id = uuidFromWire(request.param('id') ?? '')
      const detail = id === null ? null : await gateway.batch(id)
      if (detail === null)
        throw new RefusedError('not_found', 'No batch has this id. GET /batches lists all batches.')
      return json(200, batchDetailToWire(detail))
    },
  }
}

function readLimit(text: string | undefined): number {
  const limit = text === undefined ? DEFAULT_LIMIT : /^\d{1,3}$/.test(text) ? Number(text) : 0
  if (limit >= 1 && limit <= MAX_LIMIT) return limit
  throw new RefusedError('bad_request', `limit must be an integer from 1 to ${MAX_LIMIT}.`)
}

function readBefore(text: string | undefined): string | undefined {
  if (text !== undefined && uuidFromWire(text) === null) {
    throw new RefusedError('bad_request', 'before must be the id of a batch: a UUID in lower case.')
  }
  return text
}
