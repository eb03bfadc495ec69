/** `GET /openapi.json`: the OpenAPI document. The document describes this route, too. */
import { z } from '@hono/zod-openapi'
import type { Registry } from '../../registry/registry.ts'
import { type DocumentOptions, describeApi, jsonResponse, problemResponses } from '../document.ts'
import type { Route } from '../route.ts'

/**
 * @param others all routes except this route
 * @param registry the contract that the operations are for
 * @param options what the document says about this gateway
 */
export function openApiDocument(
  others: readonly Route[],
  registry: Pick<Registry, 'name' | 'kinds'>,
  options: DocumentOptions,
): Route {
  /** Built at the first request, because building takes longer than the rest of the server's start. */
  let document: string | undefined
  const route: Route = {
    method: 'get',
    path: '/openapi.json',
    docs: {
      operationId: 'getOpenApiDocument',
      summary: 'This document',
      tags: ['Gateway'],
      responses: {
        200: jsonResponse('An OpenAPI 3.1 document.', z.looseObject({ openapi: z.string() })),
        ...problemResponses(),
      },
    },
    answer() {
      document ??= describeApi([...others, route], registry, options)
      return { status: 200, contentType: 'application/json', body: document }
    },
  }
  return route
}
