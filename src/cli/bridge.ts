/**
 * The bridge for tools that speak `@xstate/inspect`, as a process beside the gateway: it has an xstate of its own, and
 * whatever becomes of it, the gateway goes on.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Logger } from '../gateway/log.ts'

export interface BridgeProcessOptions {
  /** Of the gateway. */
  readonly url: string
  /** Where tools connect on this machine's loopback; 0 takes any free port. */
  readonly port: number
  readonly token: string | undefined
  readonly logger: Logger
}

export interface BridgeProcess {
  stop(): Promise<void>
}

/** From sources it is started as it is, from a build as its own build has made it. */
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
      // By the channel it notices when this process is gone, however that came.
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    },
  )
  const exited = once(child, 'exit').catch((err: unknown) => logger.warn({ err }, 'the bridge did not start'))
  if (child.stderr !== null) {
    createInterface({ input: child.stderr }).on('line', (line) => logger.info(`bridge: ${line}`))
  }
  let isStopping = false
  child.once('exit', (code) => {
    if (!isStopping) logger.warn({ code }, 'the bridge has ended; the gateway goes on without it')
  })
  return {
    async stop() {
      isStopping = true
      child.kill('SIGTERM')
      await exited
    },
  }
}
