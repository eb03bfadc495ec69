/** What `serve` and `dev` have in common: a service that runs until it is interrupted. */
import { once } from 'node:events'
import { toGatewayConfig, toInspectorAccess, toListenAddress } from '../config/gateway.ts'
import type { ConnectedSettings } from '../config/read.ts'
import { secretsOf } from '../config/secrets.ts'
import { createLogger, createRedactor, type Logger } from '../log.ts'
import { startService } from '../serve.ts'
import { type BridgeProcess, startBridgeProcess } from './bridge.ts'
import { type CliContext, EXIT, type ExitCode } from './context.ts'
import { fail } from './errors.ts'

/**
 * Starts a service, and stops it gracefully at the first interruption.
 * @param onReady called with the URL once it takes operations
 */
export async function runService(
  settings: ConnectedSettings,
  { now, interruption }: CliContext,
  onReady: (url: string) => void = () => {},
): Promise<ExitCode> {
  const secrets = secretsOf(settings)
  const logger = createLogger({ level: settings.logLevel, format: settings.logFormat, secrets })
  const interrupted = interruption()
  const access = toInspectorAccess(settings)
  try {
    const service = await startService({
      gateway: toGatewayConfig(settings),
      http: {
        ...toListenAddress(settings),
        bodyBytes: settings.bodyLimit,
        requestTimeoutMs: settings.requestTimeout,
      },
      inspector: access,
      secrets,
      logger,
      now,
    })
    logger.info({ url: service.url }, 'listening')
    onReady(service.url)
    const bridge = access === null ? null : bridgeTo(service.url, settings, logger)
    try {
      if (!interrupted.aborted) await Promise.race([once(interrupted, 'abort'), service.ended])
      logger.info('stopping: batches in flight may finish; interrupt again to stop at once')
      await service.stop()
    } finally {
      await bridge?.stop()
    }
    logger.info('stopped')
    return EXIT.ok
  } catch (error) {
    return fail(error, createRedactor(secrets))
  }
}

/** @returns null where none is asked for */
function bridgeTo(url: string, settings: ConnectedSettings, logger: Logger): BridgeProcess | null {
  const { xstateInspectPort: port, operatorToken: token } = settings
  return port === undefined ? null : startBridgeProcess({ url, port, token, logger })
}
