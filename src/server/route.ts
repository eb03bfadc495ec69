/**
 * A route: method and path, description for the OpenAPI document, and the function that answers. The description is part of
 * the route, because then the document lists every route.
 */
import type { RouteConfig } from '@hono/zod-openapi'
import type { HonoRequest } from 'hono'
import type { DurationMs } from '../domain/primitives.ts'
import type { Reply } from './reply.ts'

export interface Route {
  readonly method: 'get' | 'post'
  /** Path in the notation of OpenAPI, with parameters in braces: `/status/{id}`. */
  readonly path: `/${string}`
  /** True for a route that a monitor asks for ever: the access log has it at debug. */
  readonly isRoutine?: boolean
  /** True for a view of the operator: `READ_ACCESS` may put the route behind the operator token. */
  readonly isOperatorView?: boolean
  /** Headers of every answer of the route, errors included. */
  readonly headers?: Readonly<Record<string, string>>
  /** `operationId` is unique: code generators make it the name of a function. */
  readonly docs: Omit<RouteConfig, 'method' | 'path' | 'operationId'> & { readonly operationId: string }
  /** Time that the request asks the route to wait, in addition to the time limit of a request. Default: none. */
  readonly waitOf?: (request: HonoRequest) => DurationMs
  /**
   * @param requestId a new UUID v4
   * @param client address of the client (see `clientAddress`)
   * @param noteAccount tells the access log the account of the operation
   * @throws GatewayError with the error for the caller. Any other exception is a defect.
   */
  answer(
    request: HonoRequest,
    requestId: string,
    client: string,
    noteAccount: (account: string) => void,
  ): Reply | Promise<Reply>
}

/** The operation id of a path without parameters, in camel case: `createAccount` for `/create-account`. */
export function toOperationId(path: Route['path']): string {
  return path.slice(1).replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase())
}

/** Converts a path to the notation of the router: `/status/:id`. */
export function toRouterPath(path: Route['path']): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1')
}
