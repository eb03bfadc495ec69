/** `GET /is-valid-root`: whether a root of the registry's tree is valid, as in the reference API. */
import { z } from '@hono/zod-openapi'
import { RefusedError } from '../../domain/errors.ts'
import type { OpsBatcherHandle } from '../../domain/handle.ts'
import { uint256 } from '../../registry/worldId/fields.ts'
import { jsonResponse, problemResponses } from '../document.ts'
import { json } from '../reply.ts'
import type { Route } from '../route.ts'
import { rootValidity } from '../schemas.ts'

export function isValidRoot(gateway: Pick<OpsBatcherHandle, 'isValidRoot'>): Route {
  return {
    method: 'get',
    path: '/is-valid-root',
    docs: {
      summary: 'Whether a root of the registry is valid',
      description:
        'A valid root may be answered from memory until two minutes before the end of its validity window.',
      tags: ['Registry'],
      request: { query: z.object({ root: uint256 }) },
      responses: {
        200: jsonResponse('Whether the root is valid now.', rootValidity),
        ...problemResponses('bad_request', 'chain_unavailable'),
      },
    },
    async answer(request) {
      const root = uint256.safeParse(request.query('root'))
      if (!root.success) {
        const message = 'root must be an integer below 2^256, in decimal, or in hex with 0x'
        throw new RefusedError('bad_request', message)
      }
      return json(200, { valid: await gateway.isValidRoot(root.data) })
    },
  }
}
