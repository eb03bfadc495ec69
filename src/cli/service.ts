/** Runs a service until an interruption, for `serve` and `dev`. */
import { once } from 'node:events'
import { toGatewayConfig, toHttpConfig, toInspectorAccess } from '../config/gatewayConfig.ts'
import type { ConnectedSettings } from '../config/read.ts'
import { secretsOf } from '../config/secrets.ts'
import { createLogger, createRedactor, type Logger } from '../gateway/log.ts'
import { startService } from '../serve.ts'
import { type BridgeProcess, startBridgeProcess } from './bridge.ts'
import { type CliContext, EXIT, type ExitCode } from './context.ts'
import { fail } from './errors.ts'

interface Surroundings {
  /** Called with the URL as soon as the service accepts operations. */
  readonly onReady?: (url: string) => void
  /** Resolves when the local chain has ended. Not given without a local chain. */
  readonly chainEnded?: Promise<unknown>
}

/**
 * Starts a service, and stops the service gracefully at the first interruption.
 * @returns `EXIT.failure` if the service ends for any other reason
 */
export async function runService(
  settings: ConnectedSettings,
  { now, interruption }: CliContext,
  { onReady = () => {}, chainEnded = new Promise(() => {}) }: Surroundings = {},
): Promise<ExitCode> {
  const secrets = secretsOf(settings)
  const logger = createLogger({ level: settings.logLevel, format: settings.logFormat, secrets })
  const interrupted = interruption()
  const access = toInspectorAccess(settings)
  let hasChainEnded = false
  try {
    const service = await startService({
      gateway: toGatewayConfig(settings),
      http: toHttpConfig(settings),
      inspector: access,
      secrets,
      logger,
      now,
    })
    logger.info({ url: service.url }, 'listening')
    onReady(service.url)
    const bridge = access === null ? null : bridgeTo(service.url, settings, logger)
    try {
      const over = [once(interrupted, 'abort'), service.ended, chainEnded.then(() => (hasChainEnded = true))]
      if (!interrupted.aborted) await Promise.race(over)
      if (hasChainEnded) logger.error('local chain ended; start again to resume')
      logger.info('stopping: waiting for batches in flight; interrupt again to stop at once')
      await service.stop()
    } finally {
      await bridge?.stop()
    }
    logger.info('stopped')
    return hasChainEnded ? EXIT.failure : EXIT.ok
  } catch (error) {
    return fail(error, createRedactor(secrets))
  }
}

/** @returns null without a port for the bridge */
function bridgeTo(url: string, settings: ConnectedSettings, logger: Logger): BridgeProcess | null {
  const { xstateInspectPort: port, operatorToken: token } = settings
  return port === undefined ? null : startBridgeProcess({ url, port, token, logger })
}
