/** `GET` of each view of the registry, e.g. `/is-valid-root`. */
import { RefusedError } from '../../domain/errors.ts'
import type { OpsBatcherHandle } from '../../domain/handle.ts'
import type { ViewDefinition } from '../../registry/definition.ts'
import { jsonResponse, problemResponses } from '../document.ts'
import { json } from '../reply.ts'
import { type Route, toOperationId } from '../route.ts'

export function contractViews(
  views: readonly ViewDefinition[],
  gateway: Pick<OpsBatcherHandle, 'readView'>,
): readonly Route[] {
  return views.map((view) => contractView(view, gateway))
}

function contractView(
  { path, summary, description, query, answer }: ViewDefinition,
  gateway: Pick<OpsBatcherHandle, 'readView'>,
): Route {
  return {
    method: 'get',
    path,
    docs: {
      operationId: toOperationId(path),
      summary,
      description,
      tags: ['Registry'],
      request: { query },
      responses: {
        200: jsonResponse('The answer of the contract.', answer),
        ...problemResponses('bad_request', 'chain_unavailable'),
      },
    },
    async answer(request) {
      const parsed = query.safeParse(
        Object.fromEntries(Object.keys(query.shape).map((name) => [name, request.query(name)])),
      )
      if (parsed.success) return json(200, await gateway.readView(path, parsed.data))
      const [issue] = parsed.error.issues
      const name = String(issue?.path[0] ?? 'query')
      const shown = query.shape[name]?.meta()?.description
      throw new RefusedError('bad_request', `${name} must be ${shown ?? 'a valid value'}`)
    },
  }
}
