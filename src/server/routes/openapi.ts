/** `GET /openapi.json`: this document describes itself too. */
import { z } from '@hono/zod-openapi'
import { describeApi, jsonResponse, problemResponses } from '../document.ts'
import type { Endpoint } from '../endpoint.ts'

/**
 * @param others the endpoints besides this one
 * @param version of the gateway
 */
export function openApiDocument(others: readonly Endpoint[], version: string): Endpoint {
  /** Made when it is first asked for: it takes longer than all else that the server does at its start. */
  let document: string | undefined
  const endpoint: Endpoint = {
    method: 'get',
    path: '/openapi.json',
    docs: {
      summary: 'This document',
      tags: ['Gateway'],
      responses: {
        200: jsonResponse('An OpenAPI 3.1 document.', z.looseObject({ openapi: z.string() })),
        ...problemResponses(),
      },
    },
    answer() {
      document ??= describeApi([...others, endpoint], version)
      return { status: 200, contentType: 'application/json', body: document }
    },
  }
  return endpoint
}
