/** JSON over persistent HTTP connections, with little overhead per request. */
import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http'
import { Agent as HttpsAgent, request as requestHttps } from 'node:https'

export interface JsonAnswer {
  readonly status: number
  /** Value of the header `Retry-After` in seconds; null without the header. */
  readonly retryAfter: number | null
  /** Null if the body is not JSON. */
  readonly body: unknown
}

export interface JsonConnection {
  get(path: string): Promise<JsonAnswer>
  post(path: string, body: object): Promise<JsonAnswer>
  close(): void
}

/**
 * Opens connections to one server. A request rejects only with a transport error and resolves with any answer.
 * @param baseUrl http or https URL; the path of a request is appended to the URL's path
 * @param connections maximum number of connections; further requests wait
 * @param token the operator token; undefined for none
 */
export function openConnection(baseUrl: URL, connections: number, token?: string): JsonConnection {
  const isSecure = baseUrl.protocol === 'https:'
  const agent = new (isSecure ? HttpsAgent : HttpAgent)({ keepAlive: true, maxSockets: connections })
  const access = token === undefined ? {} : { Authorization: `Bearer ${token}` }
  const prefix = baseUrl.pathname.replace(/\/$/, '')

  function send(method: string, path: string, payload: string | null): Promise<JsonAnswer> {
    return new Promise((resolve, reject) => {
      const headers =
        payload === null
          ? {}
          : { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(payload) }
      const request = (isSecure ? requestHttps : requestHttp)(
        {
          agent,
          method,
          headers: { ...access, ...headers },
          hostname: baseUrl.hostname.replace(/^\[|\]$/g, ''),
          port: baseUrl.port,
          path: prefix + path,
        },
        (response) => readAnswer(response).then(resolve, reject),
      )
      request.once('error', (error: NodeJS.ErrnoException) => {
        // The server closed an idle connection at the moment of reuse and has not seen the request.
        const isStale = request.reusedSocket && error.code === 'ECONNRESET'
        if (isStale) send(method, path, payload).then(resolve, reject)
        else reject(error)
      })
      request.end(payload ?? undefined)
    })
  }

  return {
    get: (path) => send('GET', path, null),
    post: (path, body) => send('POST', path, JSON.stringify(body)),
    close: () => agent.destroy(),
  }
}

async function readAnswer(response: IncomingMessage): Promise<JsonAnswer> {
  response.setEncoding('utf8')
  let text = ''
  for await (const chunk of response) text += chunk
  const retryAfter = Number(response.headers['retry-after'])
  return {
    status: response.statusCode ?? 0,
    retryAfter: Number.isFinite(retryAfter) ? retryAfter : null,
    body: parseJson(text),
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
