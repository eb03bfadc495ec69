/** Waits for a free TCP port on the loopback interface. */
import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { DevnetError } from './error.ts'

const ATTEMPTS = 60
const PAUSE_MS = 50

/**
 * Resolves when no program listens on the port. After a crash, the previous node needs a moment to write its state file
 * and to end. The port is free after the write: the state file is then complete.
 *
 * @param port port number; 0 is always free
 * @throws {DevnetError} if the port is still in use after three seconds
 */
export async function portFree(port: number): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (await isFree(port)) return
    await delay(PAUSE_MS)
  }
  throw new DevnetError(
    `Port ${port} is in use. Stop the other program, or choose another port with --chain-port.`,
  )
}

async function isFree(port: number): Promise<boolean> {
  const probe = createServer()
  try {
    probe.listen(port, '127.0.0.1')
    await once(probe, 'listening')
    return true
  } catch {
    return false
  } finally {
    probe.close()
  }
}
