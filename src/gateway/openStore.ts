/** Opens the store of the configuration: a SQLite file of this process, or a PostgreSQL database that processes share. */
import { hostname } from 'node:os'
import type { GatewayConfig } from '../domain/config.ts'
import type { AdmissionStore, RequestStore, SeatStore } from '../store/port.ts'
import { openPostgresStore } from '../store/postgres/postgresStore.ts'
import type { ServerFacts } from '../store/postgres/server.ts'
import { openThreadedStore } from '../store/sqlite/threadedStore.ts'
import type { GatewayLogger } from './logging.ts'

/** What the processes of a shared store need, in addition to the store. */
export interface SharedParts {
  readonly seat: SeatStore
  readonly admissions: AdmissionStore
}

export interface OpenedStore {
  readonly store: RequestStore
  /** Null for a store that belongs to this process alone. */
  readonly shared: SharedParts | null
}

/** @throws StoreError when the SQLite file cannot be opened. PostgreSQL is first used by `bind`. */
export async function openStore(
  { databaseUrl, databasePath }: Pick<GatewayConfig, 'databaseUrl' | 'databasePath'>,
  logger: GatewayLogger,
): Promise<OpenedStore> {
  if (databaseUrl !== null) {
    const { store, ...shared } = openPostgresStore(databaseUrl, {
      name: hostname(),
      onServer: (server) => logServer(logger, server),
    })
    return { store, shared }
  }
  const store = await openThreadedStore(databasePath, {
    onCrash: ({ message: reason }, isReopened) =>
      logger.error(
        { reason },
        isReopened ? 'database thread crashed, reopening' : 'database thread crashed again',
      ),
  })
  return { store, shared: null }
}

function logServer(logger: GatewayLogger, { version, notDurable, isReplicated }: ServerFacts): void {
  logger.info({ postgresql: version, synchronousReplication: isReplicated }, 'database opened')
  if (notDurable.length === 0) return
  logger.warn({ settings: notDurable }, 'database is not durable: a crash of its server loses operations')
}
