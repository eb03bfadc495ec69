/**
 * The typed client of the HTTP API: `opsbatcher/client`. Its types are made from the OpenAPI document, so a path, a field or a status
 * that the API does not have does not compile. It runs wherever `fetch` does, and loads nothing of the gateway.
 */
import createFetchClient, { type Client } from 'openapi-fetch'
import type { components, paths } from './api.ts'

/** The named schemas of the API, for example `Schemas['GatewayStatus']`. */
export type Schemas = components['schemas']
export type { operations, paths } from './api.ts'

/** Calls by method and path: `client.GET('/status/{id}', { params: { path: { id } } })`. */
export type GatewayApi = Client<paths, 'application/json'>

export interface ClientOptions {
  /** The operator token, sent with each request. */
  readonly token?: string | undefined
  /** Replaces `fetch`. */
  readonly fetch?: (request: Request) => Promise<Response>
}

/**
 * A client of one gateway. A call resolves with `data` for an answer of success, and with `error` for an answer of the API that refuses
 * (`error.code` is in the table of error codes). It rejects only if no answer comes.
 * @param url of the gateway, with the path below which the API is mounted
 * @example
 * const gateway = createClient('http://127.0.0.1:8081')
 * const { data, error } = await gateway.GET('/status/{id}', { params: { path: { id } } })
 */
export function createClient(url: string, { token, fetch }: ClientOptions = {}): GatewayApi {
  return createFetchClient<paths, 'application/json'>({
    baseUrl: url,
    ...(token !== undefined && { headers: { Authorization: `Bearer ${token}` } }),
    ...(fetch !== undefined && { fetch }),
  })
}
