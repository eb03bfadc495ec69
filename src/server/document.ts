/** Builds the OpenAPI document from the routes. */
import { OpenAPIHono, type RouteConfig, z } from '@hono/zod-openapi'
import { ERROR_CODES, type GatewayErrorCode } from '../domain/errors.ts'
import type { Registry } from '../registry/registry.ts'
import { withExamples } from './examples.ts'
import { REQUEST_ID_HEADER } from './reply.ts'
import type { Route } from './route.ts'
import { EXAMPLE_REQUEST_ID, problem } from './schemas.ts'

type Responses = RouteConfig['responses']
type Response = Responses[number]

const requestIdHeader = { [REQUEST_ID_HEADER]: z.uuid() }
const retryAfterHeader = {
  'Retry-After': z.string().openapi({ description: 'Seconds to wait before the next try' }),
}

/** A success response with a JSON body. */
export function jsonResponse(description: string, schema: z.ZodType): Response {
  return { description, headers: z.object(requestIdHeader), content: { 'application/json': { schema } } }
}

/** A success response with a plain text body. */
export function textResponse(description: string): Response {
  const content = { 'text/plain': { schema: z.string() } }
  return { description, headers: z.object(requestIdHeader), content }
}

const OF_EVERY_ROUTE = ['host_not_allowed', 'internal_server_error', 'request_timeout'] as const

/**
 * The error responses of a route, by HTTP status. The description of a response lists the error codes with their meanings.
 * @param codes codes in addition to those that every route can return
 */
export function problemResponses(...codes: readonly GatewayErrorCode[]): Responses {
  const all: readonly GatewayErrorCode[] = [...codes, ...OF_EVERY_ROUTE]
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
    content: { 'application/json': { schema: problem, examples: problemExamples(codes) } },
  }
}

/** One example for each code. */
function problemExamples(codes: readonly GatewayErrorCode[]) {
  return Object.fromEntries(
    codes.map((code) => {
      const { meaning } = ERROR_CODES[code]
      const named = code === 'duplicate_request_in_flight' && { request_id: EXAMPLE_REQUEST_ID }
      const message = MESSAGE_IS_CODE.has(code) ? code : meaning
      return [code, { summary: meaning, value: { code, message, ...named } }]
    }),
  )
}

/** The codes whose message is the code, as in the reference API. The other messages say more than the examples. */
const MESSAGE_IS_CODE: ReadonlySet<GatewayErrorCode> = new Set([
  'authenticator_already_exists',
  'authenticator_does_not_exist',
  'authenticator_does_not_belong_to_account',
  'mismatched_signature_nonce',
  'pubkey_id_in_use',
  'pubkey_id_out_of_bounds',
  'duplicate_request_in_flight',
])

export interface DocumentOptions {
  /** Version of the gateway. */
  readonly version: string
  /** True if the views of the operator require the operator token. */
  readonly viewsNeedToken: boolean
}

/**
 * @param registry its kinds are those of the document
 * @param options version of the gateway, and whether the views of the operator require the token
 * @returns the OpenAPI document as JSON text
 */
export function describeApi(
  routes: readonly Route[],
  registry: Pick<Registry, 'name' | 'kinds'>,
  { version, viewsNeedToken }: DocumentOptions,
): string {
  const { openAPIRegistry, getOpenAPI31Document } = new OpenAPIHono()
  const { name: scheme } = openAPIRegistry.registerComponent('securitySchemes', 'OperatorToken', {
    type: 'http',
    scheme: 'bearer',
    description: 'The value of `OPERATOR_TOKEN`',
  })
  for (const { method, path, docs, isOperatorView = false } of routes) {
    const security = isOperatorView && viewsNeedToken ? [{ [scheme]: [] }] : []
    openAPIRegistry.registerPath({ method, path, ...docs, security })
  }
  const document = getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'opsbatcher',
      version,
      description: `Accepts signed operations for ${registry.name} and sends them to the chain in batches.`,
    },
    servers: [{ url: '/', description: 'The gateway that gave this document' }],
  })
  // The schemas are the same for every registry. Only the names of the kinds differ.
  const schemas = { ...document.components?.schemas, OperationKind: kindSchema(registry) }
  const paths = withExamples(document.paths, schemas)
  return JSON.stringify({ ...document, paths, components: { ...document.components, schemas } })
}

function kindSchema({ kinds }: Pick<Registry, 'kinds'>) {
  return { type: 'string', enum: kinds.map(({ kind }) => kind) }
}
