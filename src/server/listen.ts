/** Puts an app on a port, and takes it off again without cutting anybody short. */
import { randomUUID } from 'node:crypto'
import { createServer, type Server, STATUS_CODES } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { getRequestListener } from '@hono/node-server'
import type { Hono } from 'hono'
import { problem } from './problem.ts'
import { respond } from './reply.ts'

/** How long `close` waits for clients that do not finish sending or reading. */
const CLOSE_GRACE_MS = 10_000
/** Time between looks for connections that have become idle while the server closes. */
const SWEEP_INTERVAL_MS = 50

export interface Listening {
  readonly url: string
  readonly port: number
  /** Takes no more connections, lets what was begun be answered, and ends every connection. May be called again. */
  close(): Promise<void>
}

/**
 * @param address `port` 0 takes any free port
 * @throws Error of the operating system when the port cannot be had
 */
export async function listen(
  app: Pick<Hono, 'fetch'>,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<Listening> {
  const invalid = problem(400, { code: 'bad_request', message: 'The request is not valid HTTP.' })
  const listener = getRequestListener(app.fetch, {
    // Of a request that names no host.
    hostname: 'localhost',
    errorHandler: () => respond(invalid, randomUUID()),
  })
  const server = createServer({ requireHostHeader: false }, listener)
  // An expectation that is not known is ignored, not refused.
  server.on('checkExpectation', listener)
  server.on('clientError', (_error, socket) => refuse(socket, invalid.body))
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

/** Answers what the HTTP parser could not read, and so has no request object. */
function refuse(socket: Duplex, body: string): void {
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
  // What still comes in on an open connection is answered, and is the last there.
  server.prependListener('request', (_request, response) => {
    response.shouldKeepAlive = false
  })
  // A connection that is kept alive would hold the server open, and nothing tells when its last answer is out and the
  // last of its request is in: so look for idle ones until there is none.
  const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_INTERVAL_MS)
  const patience = setTimeout(() => server.closeAllConnections(), CLOSE_GRACE_MS)
  await closed.finally(() => {
    clearInterval(sweep)
    clearTimeout(patience)
  })
}
