/**
 * The WebSocket server, made safe for `@xstate/inspect`, which would inject what clients send into services, end with the
 * process at a frame that it cannot read, and keep whatever a client does not read.
 */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { inspect } from '@xstate/inspect/lib/server.js'
import { type RawData, type WebSocket, WebSocketServer } from 'ws'

/** The one thing that a client may say: that it wants to be told. */
const INSPECTING = JSON.stringify({ type: 'xstate.inspecting' })

/** Most bytes of a client's frame, and of what waits for a client that does not read. */
const MAX_FRAME_BYTES = 4_096
const MAX_WAITING_BYTES = 16_777_216

type PackageServer = Parameters<typeof inspect>[0]['server']

export interface Server {
  readonly port: number
  /** What the package takes for its server. */
  readonly facade: PackageServer
  close(): Promise<void>
}

/**
 * Listens on this machine's loopback alone.
 * @param port 0 takes any free one
 * @param origins of pages from elsewhere that may connect; those of this machine may, and what is no page
 * @throws Error of the operating system when the port cannot be had
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

/** The part of a server that the package uses; the rest it does not get. */
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
  // A frame that breaks the protocol is an error of this client alone.
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
