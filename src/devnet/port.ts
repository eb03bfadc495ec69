/** Waiting for a TCP port of the loopback interface. */
import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { DevnetError } from './error.ts'

const ATTEMPTS = 60
const PAUSE_MS = 50

/**
 * Resolves when nothing listens on the port. After a crash the former chain needs a moment to write its state
 * and go; the port is free when it has done both, so whoever waits for it also reads a complete state file.
 *
 * @param port 0 is always free.
 * @throws {DevnetError} if it is still taken after three seconds.
 */
export async function portFree(port: number): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (await isFree(port)) return
    await delay(PAUSE_MS)
  }
  throw new DevnetError(`Port ${port} is taken. Stop what has it, or choose another with --chain-port.`)
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
