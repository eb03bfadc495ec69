/** Several gateway processes on one database and one chain. Each reaches the database through a proxy of its own. */
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Devnet } from '../../src/devnet/devnet.ts'
import { connect, type ServiceClient } from '../support/client.ts'
import { type Program, startCommand } from '../support/command.ts'
import { eventually } from '../support/eventually.ts'
import type { TestPostgres } from '../support/postgres.ts'
import { reservePort } from '../support/reservedPort.ts'
import { startTcpProxy, type TcpProxy } from '../support/tcpProxy.ts'

export interface Replica {
  readonly name: string
  readonly client: ServiceClient
  /** Its connections to the database pass here. */
  readonly proxy: TcpProxy
  /** The last lines of its log. */
  readonly log: readonly string[]
  start(): void
  signal(signal: NodeJS.Signals): void
  /** Resolves with the exit code; null after a signal. */
  ended(): Promise<number | null>
}

export interface Place {
  readonly chain: Devnet
  readonly postgres: TestPostgres
  /** URL of the shared schema. */
  readonly databaseUrl: string
  readonly folder: string
  /** Arguments of Node that start the gateway; by default its sources. */
  readonly program?: Program
}

/** Most remembered lines of a log. */
const LOG_LINES = 400

export async function createReplica(
  name: string,
  place: Place,
): Promise<Replica & { close(): Promise<void> }> {
  const { chain, databaseUrl, folder, program } = place
  const { port, release } = await reservePort()
  const proxy = await startTcpProxy(Number(new URL(databaseUrl).port))
  const url = new URL(databaseUrl)
  url.port = String(proxy.port)
  url.searchParams.set('application_name', name)
  const log: string[] = []
  let child: ChildProcess | null = null

  const replica: Replica = {
    name,
    client: connect(`http://127.0.0.1:${port}`),
    proxy,
    log,
    start() {
      const started = startCommand(
        ['serve', '--port', String(port)],
        {
          DATABASE_URL: url.toString(),
          RPC_URL: chain.rpcUrl,
          REGISTRY_ADDRESS: chain.registryAddress,
          MULTICALL_ADDRESS: chain.multicallAddress,
          WALLET_PRIVATE_KEY: chain.walletPrivateKey,
          CONFIRMATIONS: '0',
          LOG_FORMAT: 'json',
        },
        folder,
        program,
      )
      createInterface({ input: started.stderr }).on('line', (line) => {
        log.push(line)
        if (log.length > LOG_LINES) log.shift()
      })
      child = started
    },
    signal(signal) {
      child?.kill(signal)
    },
    async ended() {
      if (child === null) return null
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
      return child.exitCode
    },
  }
  return {
    ...replica,
    async close() {
      child?.kill('SIGKILL')
      await replica.ended()
      await proxy.close()
      await release()
    },
  }
}

export interface Leading {
  readonly replica: Replica
  readonly epoch: number
}

/** The replica that leads and admits operations, with an epoch above the given one; null for none. */
export async function findLeader(replicas: readonly Replica[], above = 0): Promise<Leading | null> {
  const found = await Promise.all(
    replicas.map(async (replica) => {
      const health = await replica.client.health().catch(() => null)
      const epoch = health?.seat?.leader?.epoch ?? 0
      return health?.state === 'Running' && health.seat?.is_leading && epoch > above
        ? { replica, epoch }
        : null
    }),
  )
  return found.find((leading) => leading !== null) ?? null
}

/** Resolves when one replica leads, and the others stand by. A former leader may lead for a moment more in its own view. */
export async function allServe(replicas: readonly Replica[]): Promise<void> {
  await eventually(
    'all replicas to serve',
    () =>
      Promise.all(
        replicas.map(async ({ client }) => (await client.health().catch(() => null))?.state ?? 'away'),
      ),
    (states) =>
      states.filter((state) => state === 'Running').length === 1 &&
      states.filter((state) => state === 'Standby').length === replicas.length - 1,
  )
}
