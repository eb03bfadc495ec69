/**
 * An endpoint: a route, what the OpenAPI document says of it, and the function that answers it. One object, so that the
 * document cannot forget a route and a route cannot be without description.
 */
import type { RouteConfig } from '@hono/zod-openapi'
import type { HonoRequest } from 'hono'
import type { Reply } from './reply.ts'

export interface Endpoint {
  readonly method: 'get' | 'post'
  /** With parameters in braces, as OpenAPI has them. */
  readonly path: `/${string}`
  readonly docs: Omit<RouteConfig, 'method' | 'path'>
  /**
   * @param requestId a fresh UUID v4
   * @throws GatewayError what the caller is told; anything else is a defect
   */
  answer(request: HonoRequest, requestId: string): Reply | Promise<Reply>
}

/** The path with parameters as the router has them. */
export function routerPath(path: Endpoint['path']): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1')
}
