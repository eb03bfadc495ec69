/** A TCP proxy in front of a server. A test can lose messages, freeze the connections and cut them. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export interface TcpProxy {
  readonly port: number
  /** Cuts the connection at the next message of a client that contains the text: before the server gets it, or before its answer. */
  cutAt(text: string, moment: 'before' | 'answer'): void
  /** From now on no byte passes, in old and new connections: a half-open connection. */
  freeze(): void
  /** Cuts the frozen connections. New connections pass again. */
  thaw(): void
  close(): Promise<void>
}

interface Cut {
  readonly text: string
  readonly moment: 'before' | 'answer'
}

export async function startTcpProxy(target: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>()
  let isFrozen = false
  let cut: Cut | null = null

  const server = createServer((near) => {
    const far = connect(target, '127.0.0.1')
    let losesAnswer = false
    const destroy = () => {
      near.destroy()
      far.destroy()
    }
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        sockets.delete(socket)
        destroy()
      })
    }
    near.on('data', (bytes) => {
      if (isFrozen) return
      if (cut !== null && bytes.includes(cut.text)) {
        losesAnswer = cut.moment === 'answer'
        cut = null
        if (!losesAnswer) return destroy()
      }
      far.write(bytes)
    })
    far.on('data', (bytes) => {
      if (losesAnswer) destroy()
      else if (!isFrozen) near.write(bytes)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    cutAt(text, moment) {
      cut = { text, moment }
    },
    freeze() {
      isFrozen = true
    },
    thaw() {
      isFrozen = false
      for (const socket of sockets) socket.destroy()
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
