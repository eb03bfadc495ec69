/**
 * The WebSocket server for `@xstate/inspect`, with three protections. The package alone would pass client messages to services,
 * end the process at an invalid frame, and buffer without limit for a client that does not read.
 */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { inspect } from '@xstate/inspect/lib/server.js'
import { type RawData, type WebSocket, WebSocketServer } from 'ws'

/** The only accepted message of a client: the request to inspect. */
const INSPECTING = JSON.stringify({ type: 'xstate.inspecting' })

/** Maximum size of a frame from a client, and of the unread output of a client, in bytes. */
const MAX_FRAME_BYTES = 4_096
const MAX_WAITING_BYTES = 16_777_216

type PackageServer = Parameters<typeof inspect>[0]['server']

export interface Server {
  readonly port: number
  /** The server in the form expected by the package. */
  readonly facade: PackageServer
  close(): Promise<void>
}

/**
 * Listens only on the loopback address.
 * @param port port number. Port 0 means any free port.
 * @param origins origins of the allowed remote pages. Local pages and programs may always connect.
 * @throws Error of the operating system if the port is not available
 */
export async function listen(port: number, origins: readonly string[]): Promise<Server> {
  const server = new WebSocketServer({
    host: '127.0.0.1',
    port,
    maxPayload: MAX_FRAME_BYTES,
    verifyClient: ({ origin }: { readonly origin?: string }) =>
      origin === undefined || origins.includes(origin) || isLocal(origin),
  })
  await once(server, 'listening')
  const address = server.address() as AddressInfo
  return {
    port: address.port,
    facade: facadeOf(server),
    async close() {
      for (const client of server.clients) client.terminate()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function isLocal(origin: string): boolean {
  return URL.canParse(origin) && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(new URL(origin).hostname)
}

/** Only methods of the server used by the package. */
function facadeOf(server: WebSocketServer): PackageServer {
  const facade = {
    clients: {
      forEach(visit: (client: WebSocket) => void) {
        for (const client of server.clients) {
          if (client.bufferedAmount > MAX_WAITING_BYTES) client.terminate()
          else visit(client)
        }
      },
    },
    on(event: string, listener: (...args: unknown[]) => void) {
      if (event === 'connection') server.on('connection', (client) => listener(clientFacadeOf(client)))
      return facade
    },
  }
  return facade as unknown as PackageServer
}

type OnMessage = (data: RawData | string, isBinary: boolean) => void

function clientFacadeOf(client: WebSocket) {
  // An invalid frame disconnects only this client.
  client.on('error', () => client.terminate())
  return {
    on(event: string, listener: OnMessage) {
      if (event !== 'message') return
      client.on('message', (data, isBinary) => {
        if (!isBinary && wantsToBeTold(String(data))) listener(INSPECTING, false)
      })
    },
  }
}

function wantsToBeTold(text: string): boolean {
  try {
    const message: unknown = JSON.parse(text)
    return (
      typeof message === 'object' &&
      message !== null &&
      'type' in message &&
      message.type === 'xstate.inspecting'
    )
  } catch {
    return false
  }
}
