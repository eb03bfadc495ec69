/** The gateway for `Polls`, with the settings of the environment. It stops at SIGINT and SIGTERM. */
import { once } from 'node:events'
import {
  createLogger,
  readConnectedSettings,
  secretsOf,
  startService,
  toGatewayConfig,
  toHttpConfig,
  toInspectorAccess,
} from '../../src/index.ts'
import { polls } from './polls.ts'

const settings = readConnectedSettings({ flags: {}, environment: process.env })
const secrets = secretsOf(settings)
const logger = createLogger({ level: settings.logLevel, format: settings.logFormat, secrets })

const service = await startService({
  gateway: toGatewayConfig(settings),
  registry: polls,
  http: toHttpConfig(settings),
  inspector: toInspectorAccess(settings),
  secrets,
  logger,
  now: Date.now,
})
logger.info({ url: service.url }, 'listening')
await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM'), service.ended])
await service.stop()
