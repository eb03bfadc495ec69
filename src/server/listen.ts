/** Starts an HTTP server on a port and closes it without interrupting open requests. */
import { randomUUID } from 'node:crypto'
import { createServer, type Server, STATUS_CODES } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { getRequestListener } from '@hono/node-server'
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
  /** Accepts no new connections, answers the open requests and closes all connections. Repeated calls are allowed. */
  close(): Promise<void>
}

/** An app, or a part of it: it gets the connection with each request. */
export interface Answering {
  fetch(request: Request, connection: Environment['Bindings']): Response | Promise<Response>
}

/**
 * @param address host and port. Port 0 means any free port.
 * @throws Error of the operating system if the port is not available
 */
export async function listen(
  app: Answering,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<Listening> {
  const invalid = problem(400, { code: 'bad_request', message: 'The request is not valid HTTP.' })
  const listener = getRequestListener((request, { incoming }) => app.fetch(request, { incoming }), {
    // Host name for a request without a Host header.
    hostname: 'localhost',
    errorHandler: () => respond(invalid, randomUUID()),
  })
  const server = createServer({ requireHostHeader: false }, listener)
  // An unknown Expect header is ignored, because the request can be answered without the expectation.
  server.on('checkExpectation', listener)
  server.on('clientError', (_error, socket) => answerInvalid(socket, invalid.body))
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, host, resolve)
  })
  const address = server.address() as AddressInfo
  const hostname = address.family === 'IPv6' ? `[${address.address}]` : address.address
  let closed: Promise<void> | undefined
  return {
    url: `http://${hostname}:${address.port}`,
    port: address.port,
    close() {
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
  // The next request on an open connection is answered, and the connection closes after that answer.
  server.prependListener('request', (_request, response) => {
    response.shouldKeepAlive = false
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
