/**
 * Runs the bridge for tools of the protocol `@xstate/inspect`. The bridge is a separate process: it needs a different
 * version of xstate, and a crash of the bridge must not affect the gateway.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Logger } from '../gateway/log.ts'

export interface BridgeProcessOptions {
  /** URL of the gateway. */
  readonly url: string
  /** Port on the loopback interface for tools; 0 stands for any free port. */
  readonly port: number
  readonly token: string | undefined
  readonly logger: Logger
}

export interface BridgeProcess {
  stop(): Promise<void>
}

/** From sources the bridge runs as a source file, from a build as a built file. */
const PROGRAM = import.meta.url.endsWith('.ts')
  ? new URL('../../inspector/src/bridge/main.ts', import.meta.url)
  : new URL('../../../inspector/dist/bridge/main.js', import.meta.url)

export function startBridgeProcess({ url, port, token, logger }: BridgeProcessOptions): BridgeProcess {
  const { PATH } = process.env
  const child: ChildProcess = spawn(
    process.execPath,
    [...process.execArgv, fileURLToPath(PROGRAM), '--gateway', url, '--port', String(port)],
    {
      env: { PATH, ...(token !== undefined && { OPERATOR_TOKEN: token }) },
      // When this process ends for any reason, the channel closes and the bridge ends.
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    },
  )
  const exited = once(child, 'exit').catch((err: unknown) =>
    logger.warn({ err }, 'inspect bridge did not start'),
  )
  if (child.stderr !== null) {
    createInterface({ input: child.stderr }).on('line', (line) => logger.info(`bridge: ${line}`))
  }
  let isStopping = false
  child.once('exit', (code) => {
    if (!isStopping) logger.warn({ code }, 'inspect bridge ended; the gateway continues without it')
  })
  return {
    async stop() {
      isStopping = true
      child.kill('SIGTERM')
      await exited
    },
  }
}
