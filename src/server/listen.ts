/** Starts an HTTP server on a port and closes it without interrupting open requests. */
import { randomUUID } from 'node:crypto'
import { createServer, type Server, STATUS_CODES } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { getRequestListener } from '@hono/node-server'

import type { DurationMs } from '../domain/primitives.ts'
import type { Environment } from './handler.ts'

import { problem } from './problem.ts'
import { respond } from './reply.ts'

/** Time for open requests to finish after `close`. Afterwards their connections are cut. */
const CLOSE_TIMEOUT_MS = 10_000
/** Interval of the search for idle connections while the server closes. */
const IDLE_CHECK_INTERVAL_MS = 50

export interface Listening {
  readonly url: string
  readonly port: number
  /** Asks the clients to close: from now on every answer carries `Connection: close`. New connections are accepted. */
  retire(): void
  /** Accepts no new connections, answers the open requests and closes all connections. Repeated calls are allowed. */
  close(): Promise<void>
}

/** An app, or a part of it: it gets the connection with each request. */
export interface Answering {
  fetch(request: Request, connection: Environment['Bindings']): Response | Promise<Response>
}

export interface ListenOptions {
  readonly host: string
  /** 0 means any free port. */
  readonly port: number
  /**
   * Time for which an idle connection stays open. It should be longer than that of a load balancer: otherwise the balancer
   * may send a request on a connection that is being closed.
   */
  readonly keepAliveMs: DurationMs
}

/** The headers of a request may take longer than the connection may be idle, so that an idle connection ends only by its own limit. */
const HEADERS_MARGIN_MS: DurationMs = 5_000
/** Time limit for the receipt of a whole request; the default of Node. */
const REQUEST_RECEIPT_MS: DurationMs = 300_000

/** @throws Error of the operating system if the port is not available */
export async function listen(app: Answering, { host, port, keepAliveMs }: ListenOptions): Promise<Listening> {
  const invalid = problem(400, { code: 'bad_request', message: 'The request is not valid HTTP.' })
  const listener = getRequestListener((request, { incoming }) => app.fetch(request, { incoming }), {
    // Host name for a request without a Host header.
    hostname: 'localhost',
    errorHandler: () => respond(invalid, randomUUID()),
  })
  const headersTimeout = keepAliveMs + HEADERS_MARGIN_MS
  const server = createServer(
    {
      requireHostHeader: false,
      keepAliveTimeout: keepAliveMs,
      headersTimeout,
      requestTimeout: Math.max(REQUEST_RECEIPT_MS, headersTimeout),
    },
    listener,
  )
  // An unknown Expect header is ignored, because the request can be answered without the expectation.
  server.on('checkExpectation', listener)
  server.on('clientError', (_error, socket) => answerInvalid(socket, invalid.body))
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, host, resolve)
  })
  const address = server.address() as AddressInfo
  const hostname = address.family === 'IPv6' ? `[${address.address}]` : address.address
  let isRetired = false
  const retire = () => {
    if (isRetired) return
    isRetired = true
    server.prependListener('request', (_request, response) => {
      response.shouldKeepAlive = false
    })
  }
  let closed: Promise<void> | undefined
  return {
    url: `http://${hostname}:${address.port}`,
    port: address.port,
    retire,
    close() {
      // The next request on an open connection is answered, and the connection closes after that answer.
      retire()
      closed ??= close(server)
      return closed
    },
  }
}

/** Answers a request with broken HTTP. Such a request has no request object. */
function answerInvalid(socket: Duplex, body: string): void {
  if (!socket.writable) {
    socket.destroy()
    return
  }
  const head = [
    `HTTP/1.1 400 ${STATUS_CODES[400]}`,
    'Connection: close',
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    `X-Request-Id: ${randomUUID()}`,
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
}

async function close(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve, reject) => {
    server.close((error) => (error ? reject(error) : resolve()))
  })
  // A keep-alive connection holds the server open, and no event tells when the connection becomes idle. Therefore idle connections
  // are closed at an interval.
  const idleCheck = setInterval(() => server.closeIdleConnections(), IDLE_CHECK_INTERVAL_MS)
  const cutOff = setTimeout(() => server.closeAllConnections(), CLOSE_TIMEOUT_MS)
  await closed.finally(() => {
    clearInterval(idleCheck)
    clearTimeout(cutOff)
  })
}
