/** TCP ports for servers that a test restarts at an unchanged address. */
import { once } from 'node:events'
import { createServer, type Server } from 'node:net'

/** Below every range from which operating systems take ports for outgoing connections and for port 0. */
const FIRST_PORT = 20_000
const LAST_PORT = 29_998

export interface ReservedPort {
  /** Free until `release`: no other test takes it. */
  readonly port: number
  release(): Promise<void>
}

/**
 * Reserves a port of the loopback interface, also against tests in other processes. The next port up is the lock: the
 * process listens on it until the release. A crashed process leaves no lock behind.
 */
export async function reservePort(): Promise<ReservedPort> {
  const pairs = (LAST_PORT - FIRST_PORT) / 2
  for (let tried = 0, pair = process.pid % pairs; tried < pairs; tried += 1, pair = (pair + 1) % pairs) {
    const port = FIRST_PORT + 2 * pair
    const lock = await listenAt(port + 1)
    if (lock === null) continue
    if (await isFree(port)) return { port, release: () => closed(lock) }
    await closed(lock)
  }
  throw new Error('no port could be reserved')
}

async function isFree(port: number): Promise<boolean> {
  const server = await listenAt(port)
  if (server !== null) await closed(server)
  return server !== null
}

/** @returns null when the port is taken */
async function listenAt(port: number): Promise<Server | null> {
  const server = createServer()
  try {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    return server
  } catch {
    return null
  }
}

async function closed(server: Server): Promise<void> {
  server.close()
  await once(server, 'close')
}
