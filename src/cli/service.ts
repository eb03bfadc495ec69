/** Runs a service until an interruption, for `serve` and `dev`. */
import { once } from 'node:events'
import { toGatewayConfig, toHttpConfig, toInspectorAccess } from '../config/gatewayConfig.ts'
import type { ConnectedSettings } from '../config/read.ts'
import { secretsOf } from '../config/secrets.ts'
import { type StrangeVariable, strangeVariables } from '../config/strangeVariables.ts'
import { DevnetError } from '../devnet/error.ts'
import type { DurationMs } from '../domain/primitives.ts'
import { closeAll } from '../gateway/closing.ts'
import { createLogger, createRedactor, type Logger } from '../gateway/log.ts'
import { startService } from '../serve.ts'
import { type BridgeProcess, startBridgeProcess } from './bridge.ts'
import { type CliContext, EXIT, type ExitCode } from './context.ts'
import { fail } from './errors.ts'
import { REGISTRIES } from './registries.ts'

interface Surroundings {
  /** Called with the URL as soon as operations are admitted. */
  readonly onReady?: (url: string) => void
  /** Resolves when the local chain has ended. Not given without a local chain. */
  readonly chainEnded?: Promise<unknown>
}

/** More than the service needs by its own deadlines, in addition to the waits for batches and for writes. */
const SERVICE_STOP_MARGIN: DurationMs = 60_000
/** A bridge that does not end must not keep the service. */
const BRIDGE_STOP_TIMEOUT: DurationMs = 5_000

/**
 * Starts a service, and stops the service gracefully at the first interruption.
 * @returns `EXIT.failure` if the service ends for any other reason, or a part could not be closed
 */
export async function runService(
  settings: ConnectedSettings,
  { environment, now, interruption }: CliContext,
  { onReady = () => {}, chainEnded = new Promise(() => {}) }: Surroundings = {},
): Promise<ExitCode> {
  const secrets = secretsOf(settings)
  const logger = createLogger({ level: settings.logLevel, format: settings.logFormat, secrets })
  const redact = createRedactor(secrets)
  const interrupted = interruption()
  const access = toInspectorAccess(settings)
  const http = toHttpConfig(settings)
  for (const strange of strangeVariables(environment)) logStrange(logger, strange)
  try {
    const service = await startService({
      gateway: toGatewayConfig(settings),
      registry: REGISTRIES[settings.registryVersion],
      http,
      inspector: access,
      secrets,
      logger,
      now,
    })
    logger.info({ url: service.url }, 'listening')
    if (http.perWindow !== null) logger.info(http.perWindow, 'rate limit on')
    const announceReady = () => {
      logger.info({ url: service.url }, 'ready: operations are admitted')
      onReady(service.url)
    }
    // `ended` rejects, too, if the start fails.
    service.started.then(announceReady, () => {})
    const bridge = access === null ? null : bridgeTo(service.url, settings, logger)
    const chainLoss = chainEnded.then(() => Promise.reject(new DevnetError(CHAIN_ENDED)))
    const interruptedOnce = interrupted.aborted ? Promise.resolve() : once(interrupted, 'abort')
    const failure = await Promise.race([interruptedOnce, service.ended, chainLoss]).then(
      () => null,
      (error: unknown) => ({ error }),
    )
    if (failure !== null) fail(failure.error, redact)
    logger.info('stopping: waiting for batches in flight; interrupt again to stop at once')
    await closeAll([
      { part: 'the service', deadline: 2 * settings.drainTimeout + SERVICE_STOP_MARGIN, close: service.stop },
      { part: 'the inspect bridge', deadline: BRIDGE_STOP_TIMEOUT, close: () => bridge?.stop() },
    ])
    logger.info('stopped')
    return failure === null ? EXIT.ok : EXIT.failure
  } catch (error) {
    return fail(error, redact)
  }
}

const CHAIN_ENDED = 'The local chain has ended. Start again to resume.'

/** Logs a variable without effect: without the line, an operator would trust the variable. */
function logStrange(logger: Logger, { type, ...fields }: StrangeVariable): void {
  logger.warn(fields, STRANGE[type])
}

const STRANGE: Readonly<Record<StrangeVariable['type'], string>> = {
  reference: 'variable of the reference gateway without effect',
  misspelt: 'unknown variable, a misspelt setting?',
}

/** @returns null without a port for the bridge */
function bridgeTo(url: string, settings: ConnectedSettings, logger: Logger): BridgeProcess | null {
  const { xstateInspectPort: port, operatorToken: token } = settings
  return port === undefined ? null : startBridgeProcess({ url, port, token, logger })
}
