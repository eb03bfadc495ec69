/** A websocket endpoint in front of the chain. A test can withhold pushes while calls are still answered. */

import type { AddressInfo } from 'node:net'
import { connect, createServer, type Socket } from 'node:net'

export interface SocketProxy {
  readonly url: string
  /** Number of pushes delivered. */
  readonly pushes: number
  /** Withholds all pushes from now on. */
  mute(): void
  /** Closes every connection. */
  cut(): void
  close(): Promise<void>
}

export async function startSocketProxy(rpcUrl: string): Promise<SocketProxy> {
  const { hostname, port } = new URL(rpcUrl)
  const sockets = new Set<Socket>()
  let isMuted = false
  let pushes = 0

  const server = createServer((near) => {
    const far = connect(Number(port), hostname)
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        sockets.delete(socket)
        near.destroy()
        far.destroy()
      })
    }
    near.on('data', (bytes) => far.write(bytes))
    const split = frameSplitter()
    far.on('data', (bytes: Buffer) => {
      for (const frame of split(bytes)) {
        const isPush = frame.includes('"eth_subscription"')
        if (isPush && isMuted) continue
        if (isPush) pushes += 1
        near.write(frame)
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address() as AddressInfo
  const cut = () => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    url: `ws://127.0.0.1:${address.port}`,
    get pushes() {
      return pushes
    },
    mute() {
      isMuted = true
    },
    cut,
    async close() {
      cut()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Splits the bytes of a server into the answer to the upgrade and whole frames. RFC 6455, section 5.2. */
function frameSplitter(): (bytes: Buffer) => readonly Buffer[] {
  let rest = Buffer.alloc(0)
  let isUpgraded = false
  return (bytes) => {
    rest = Buffer.concat([rest, bytes])
    const frames: Buffer[] = []
    for (let length = nextLength(); length !== null && length <= rest.length; length = nextLength()) {
      frames.push(rest.subarray(0, length))
      rest = rest.subarray(length)
      isUpgraded = true
    }
    return frames
  }

  function nextLength(): number | null {
    if (!isUpgraded) {
      const end = rest.indexOf('\r\n\r\n')
      return end < 0 ? null : end + 4
    }
    if (rest.length < 2) return null
    const short = (rest[1] ?? 0) & 0x7f
    if (short < 126) return 2 + short
    if (short === 126) return rest.length < 4 ? null : 4 + rest.readUInt16BE(2)
    return rest.length < 10 ? null : 10 + Number(rest.readBigUInt64BE(2))
  }
}
