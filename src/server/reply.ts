/**
 * What an endpoint answers, as data. Turning it into a `Response` is done in one place, so that every answer has the
 * same headers and costs no more than a string.
 */

/** The header that carries the request's UUID; of an accepted operation it is the operation's id. */
export const REQUEST_ID_HEADER = 'X-Request-Id'

export interface Reply {
  readonly status: number
  readonly contentType: string
  readonly body: string
  readonly headers?: Readonly<Record<string, string>>
}

export function json(status: number, body: unknown, headers?: Readonly<Record<string, string>>): Reply {
  return { status, contentType: 'application/json', body: JSON.stringify(body), ...(headers && { headers }) }
}

/**
 * @param requestId goes into `X-Request-Id`; like the reference's, a timeout's answer carries none
 */
export function respond({ status, contentType, body, headers }: Reply, requestId: string): Response {
  const identified = status === 504 ? {} : { [REQUEST_ID_HEADER]: requestId }
  return new Response(body, { status, headers: { 'Content-Type': contentType, ...identified, ...headers } })
}
