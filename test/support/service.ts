/** The service under test, started as in `serve`: in the test's process, or in a process that a test can kill. */
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { REGISTRIES } from '../../src/cli/registries.ts'
import { toGatewayConfig, toHttpConfig, toInspectorAccess } from '../../src/config/gatewayConfig.ts'
import { readConnectedSettings } from '../../src/config/read.ts'
import { secretsOf } from '../../src/config/secrets.ts'
import type { Now } from '../../src/domain/primitives.ts'
import { createLogger, type Logger } from '../../src/gateway/log.ts'
import type { Registry } from '../../src/registry/registry.ts'
import { type Service, startService } from '../../src/serve.ts'
import type { TestChain } from './chain.ts'
import { connect, type ServiceClient } from './client.ts'
import { startCommand } from './command.ts'

export interface ServiceOptions {
  readonly chain: Pick<TestChain, 'rpcUrl' | 'registryAddress' | 'walletPrivateKey'>
  readonly dataDir: string
  /** The contract, instead of that of `REGISTRY_VERSION`. */
  readonly registry?: Registry
  /** Settings other than `QUICK`, by environment variable. */
  readonly settings?: NodeJS.Dict<string>
  /** The clock of a service in the test's process; the system clock by default. */
  readonly now?: Now
  /** The log of a service in the test's process; silent by default. */
  readonly logger?: Logger
}

/** Short waits for blocks a fraction of a second apart, and limits beyond the reach of a loaded machine. */
const QUICK = {
  LISTEN_ADDR: '127.0.0.1:0',
  POLL_INTERVAL_MS: '50',
  BATCH_WINDOW_MS: '50',
  DRAIN_TIMEOUT_SECS: '5',
  RPC_TIMEOUT_SECS: '120',
  SIMULATION_TIMEOUT_SECS: '120',
  REQUEST_TIMEOUT_SECS: '120',
  STALL_TIMEOUT_SECS: '300',
  LOG_FORMAT: 'json',
}

export interface TestService extends ServiceClient {
  /** Stops as SIGTERM does: batches in flight may finish. */
  stop(): Promise<void>
}

/** Starts the service in this process, and waits until operations are admitted. @throws the error that prevents the start */
export async function startTestService(options: ServiceOptions): Promise<TestService> {
  const service = await openTestService(options)
  await service.started.catch(async (error: unknown) => {
    await service.stop()
    throw error
  })
  return service
}

/** Starts the service in this process. It listens, and may not admit operations yet. */
async function openTestService(
  options: ServiceOptions,
): Promise<TestService & Pick<Service, 'started' | 'ended'>> {
  const settings = readConnectedSettings({ flags: {}, environment: environmentOf(options) })
  const service = await startService({
    gateway: toGatewayConfig(settings),
    registry: options.registry ?? REGISTRIES[settings.registryVersion],
    http: toHttpConfig(settings),
    inspector: toInspectorAccess(settings),
    secrets: secretsOf(settings),
    logger: options.logger ?? createLogger({ level: 'silent', format: 'json' }),
    now: options.now ?? Date.now,
  })
  const { started, ended, stop } = service
  return { ...connect(service.url), started, ended, stop }
}

export interface SpawnedService extends ServiceClient {
  /** Kills the process with SIGKILL, as a power cut would. */
  kill(): Promise<void>
  /** Sends SIGTERM. @returns the exit code */
  stop(): Promise<number | null>
  /** Waits until the process has ended. @returns the exit code */
  readonly ended: Promise<number | null>
}

/**
 * Starts `opsbatcher serve` in its own process.
 * @param awaited the log message to wait for: by default, that operations are admitted
 */
export async function spawnTestService(
  options: ServiceOptions,
  awaited: 'ready: operations are admitted' | 'listening' = 'ready: operations are admitted',
): Promise<SpawnedService> {
  const child = startCommand(['serve'], environmentOf(options), options.dataDir)
  const closed = once(child, 'close')
  const ended = closed.then(() => child.exitCode)
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal)
    await closed
    return child.exitCode
  }
  const lines: string[] = []
  for await (const line of createInterface({ input: child.stderr })) {
    lines.push(line)
    const { msg, url } = parseLine(line)
    if (msg !== awaited) continue
    child.stderr.resume()
    return {
      ...connect(url),
      kill: async () => void (await end('SIGKILL')),
      stop: () => end('SIGTERM'),
      ended,
    }
  }
  throw new Error(`the service did not start:\n${lines.join('\n')}`)
}

/** Runs `opsbatcher serve`, which must end by itself. */
export async function runTestService(
  options: ServiceOptions,
): Promise<{ readonly code: number | null; readonly stderr: string }> {
  const child = startCommand(['serve'], environmentOf(options), options.dataDir)
  let stderr = ''
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  await once(child, 'close')
  return { code: child.exitCode, stderr }
}

/** The error of a failed start is no JSON. */
function parseLine(line: string) {
  return line.startsWith('{') ? JSON.parse(line) : {}
}

function environmentOf({ chain, dataDir, settings }: ServiceOptions): NodeJS.Dict<string> {
  return {
    RPC_URL: chain.rpcUrl,
    REGISTRY_ADDRESS: chain.registryAddress,
    WALLET_PRIVATE_KEY: chain.walletPrivateKey,
    DATA_DIR: dataDir,
    ...QUICK,
    ...settings,
  }
}

/** A temporary folder for the database of a test. */
export async function temporaryFolder(): Promise<{ readonly path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'opsbatcher-'))
  return { path, remove: () => rm(path, { recursive: true, force: true }) }
}
