/** The OpenAPI document, made of the endpoints themselves. */
import { OpenAPIHono, type RouteConfig, z } from '@hono/zod-openapi'
import { ERROR_CODES, type GatewayErrorCode } from '../domain/errors.ts'
import type { Endpoint } from './endpoint.ts'
import { REQUEST_ID_HEADER } from './reply.ts'
import { problem } from './schemas.ts'

type Responses = RouteConfig['responses']
type Response = Responses[number]

const requestIdHeader = { [REQUEST_ID_HEADER]: z.uuid() }
const retryAfterHeader = { 'Retry-After': z.string().openapi({ description: 'Seconds' }) }

/** A successful answer in JSON. */
export function jsonResponse(description: string, schema: z.ZodType): Response {
  return { description, headers: z.object(requestIdHeader), content: { 'application/json': { schema } } }
}

/** A successful answer in plain text. */
export function textResponse(description: string): Response {
  const content = { 'text/plain': { schema: z.string() } }
  return { description, headers: z.object(requestIdHeader), content }
}

/**
 * The answers to errors, by status, each listing its codes with what they mean.
 * @param codes besides the two that every endpoint may answer with: a defect and a timeout
 */
export function problemResponses(...codes: readonly GatewayErrorCode[]): Responses {
  const all: readonly GatewayErrorCode[] = [...codes, 'internal_server_error', 'request_timeout']
  const statuses = new Set(all.map((code) => ERROR_CODES[code].http))
  return Object.fromEntries(
    [...statuses].map((status) => {
      const ofStatus = all.filter((code) => ERROR_CODES[code].http === status)
      return [status, problemResponse(status, ofStatus)]
    }),
  )
}

function problemResponse(status: number, codes: readonly GatewayErrorCode[]): Response {
  const retryable = codes.some((code) => code !== 'internal_server_error' && ERROR_CODES[code].retryable)
  return {
    description: codes.map((code) => `\`${code}\`: ${ERROR_CODES[code].meaning}`).join('\n\n'),
    headers: z.object({
      ...(status !== ERROR_CODES.request_timeout.http && requestIdHeader),
      ...(retryable && retryAfterHeader),
    }),
    content: { 'application/json': { schema: problem } },
  }
}

/**
 * @param version of the gateway
 * @returns the document as JSON text
 */
export function describeApi(endpoints: readonly Endpoint[], version: string): string {
  const { openAPIRegistry, getOpenAPI31Document } = new OpenAPIHono()
  for (const { method, path, docs } of endpoints) {
    openAPIRegistry.registerPath({ method, path, ...docs })
  }
  const document = getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'opsbatcher',
      version,
      description: 'Takes signed World ID registry operations and lands them on chain in batches.',
    },
  })
  return JSON.stringify(document)
}
