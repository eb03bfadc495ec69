/** The answer of a route, as data. All answers have the same headers, because only `respond` creates a `Response`. */

import type { GatewayErrorCode } from '../domain/errors.ts'

/** Header with the UUID of the request. For an admitted operation, the same UUID is the id of the operation. */
export const REQUEST_ID_HEADER = 'X-Request-Id'

export interface Reply {
  readonly status: number
  readonly contentType: string
  readonly body: string
  readonly headers?: Readonly<Record<string, string>>
  /** Code of an error answer. Not sent: it is part of the body. */
  readonly code?: GatewayErrorCode
}

export function json(status: number, body: unknown, headers?: Readonly<Record<string, string>>): Reply {
  return { status, contentType: 'application/json', body: JSON.stringify(body), ...(headers && { headers }) }
}

/** @param requestId value of `X-Request-Id`. As in the reference API, the answer to a timeout has no such header. */
export function respond({ status, contentType, body, headers }: Reply, requestId: string): Response {
  const identified = status === 504 ? {} : { [REQUEST_ID_HEADER]: requestId }
  return new Response(body, { status, headers: { 'Content-Type': contentType, ...identified, ...headers } })
}
