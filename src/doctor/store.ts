/** Checks of the store. Nothing is written, and a gateway may run on the same store. */
import { accessSync, constants, existsSync, statfsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { GatewayConfig } from '../domain/config.ts'
import type { Millis, Wei } from '../domain/primitives.ts'
import type { StoreIdentity } from '../store/port.ts'
import { inspectServer } from '../store/postgres/inspect.ts'
import { identityText } from '../store/records/identity.ts'
import type { StoreReport } from '../store/report.ts'
import { inspectFile } from '../store/sqlite/inspect.ts'
import { type Check, fail, ok, warn } from './check.ts'
import { reasonOf } from './reason.ts'

export interface CheckedStore {
  readonly checks: readonly Check[]
  /** Sum of the costs since the given time; null if it is not known. */
  readonly spent: Wei | null
  /** Whether a gateway runs on the store. */
  readonly isInUse: boolean
}

/**
 * @param identity what the store must be bound to; null if it is not known
 * @param since begin of the time whose spending is added up
 */
export function checkStore(
  { databaseUrl, databasePath }: Pick<GatewayConfig, 'databaseUrl' | 'databasePath'>,
  identity: StoreIdentity | null,
  since: Millis,
): Promise<CheckedStore> {
  return databaseUrl === null
    ? Promise.resolve(checkFile(databasePath, identity, since))
    : checkServer(databaseUrl, identity, since)
}

function checkFile(path: string, identity: StoreIdentity | null, since: Millis): CheckedStore {
  const folder = checkFolder(dirname(path))
  try {
    const report = inspectFile(path, since)
    if (report === null)
      return {
        checks: [folder, ok('store', `${path} is created by the first start`)],
        spent: null,
        isInUse: false,
      }
    const { isInUse, contents } = report
    const check = checkContents(`${path}${isInUse ? ', in use by a gateway' : ''}`, contents, identity)
    return { checks: [folder, check], spent: contents?.spent ?? null, isInUse }
  } catch (error) {
    const advice = 'restore the file from a backup, or choose another folder with DATA_DIR'
    return { checks: [folder, fail('store', reasonOf(error), advice)], spent: null, isInUse: false }
  }
}

/** Free space with which a gateway should not start, and should be watched. An operation takes about 2 kB. */
const LEAST_FREE = 100_000_000
const LITTLE_FREE = 1_000_000_000

/** A missing folder is created by the start, so its parent must be writable. */
function checkFolder(folder: string): Check {
  const existing = nearestExisting(resolve(folder))
  const { bavail, bsize } = statfsSync(existing)
  const free = bavail * bsize
  const found = `${folder}, ${(free / 1_000_000_000).toFixed(1)} GB free`
  try {
    accessSync(existing, constants.W_OK)
  } catch (error) {
    return fail(
      'data folder',
      reasonOf(error),
      'give the user of the gateway the right to write to the folder, or set DATA_DIR',
    )
  }
  if (free < LEAST_FREE)
    return fail('data folder', found, 'free some space: a full disk refuses every operation')
  if (free < LITTLE_FREE)
    return warn('data folder', found, 'free some space soon: a full disk refuses every operation')
  return ok('data folder', found)
}

function nearestExisting(folder: string): string {
  return existsSync(folder) ? folder : nearestExisting(dirname(folder))
}

async function checkServer(
  url: string,
  identity: StoreIdentity | null,
  since: Millis,
): Promise<CheckedStore> {
  try {
    const { version, notDurable, isReplicated, isStandby, isPooled, mayCreate, leader, contents } =
      await inspectServer(url, since)
    const found = `PostgreSQL ${version}${isReplicated ? ', with synchronous replication' : ''}`
    return {
      checks: [
        isStandby
          ? fail('database', `${found}, a read-only replica`, 'point DATABASE_URL at the primary server')
          : ok('database', `${found}${leader === null ? '' : `, led by ${leader}`}`),
        notDurable.length > 0
          ? warn('durability', notDurable.join(', '), 'a crash of the server loses operations; switch it on')
          : ok('durability', 'fsync, full_page_writes and synchronous_commit are on'),
        isPooled
          ? warn(
              'pooler',
              'a pooler answers',
              'use session mode or a direct connection: else a takeover takes 5 to 6 seconds',
            )
          : ok('pooler', 'none'),
        contents === null && !mayCreate
          ? fail(
              'store',
              'the user may not create tables',
              'grant CREATE on the schema to the user of DATABASE_URL',
            )
          : checkContents('tables', contents, identity),
      ],
      spent: contents?.spent ?? null,
      isInUse: leader !== null,
    }
  } catch (error) {
    const advice = 'check DATABASE_URL, the server, and the rights of the user'
    return { checks: [fail('database', reasonOf(error), advice)], spent: null, isInUse: false }
  }
}

function checkContents(where: string, contents: StoreReport | null, identity: StoreIdentity | null): Check {
  if (contents === null) return ok('store', `${where}, empty`)
  const { version, knownVersion, boundTo, unsettled } = contents
  const found = `${where}, schema version ${version}, ${unsettled} operations without a verdict`
  if (version > knownVersion) {
    return fail(
      'store',
      found,
      `this program knows version ${knownVersion}; start the newer program that wrote it`,
    )
  }
  const wanted = identity === null ? null : identityText(identity)
  if (boundTo !== null && wanted !== null && boundTo !== wanted) {
    return fail(
      'store',
      `${where} belongs to ${boundTo}, and not to ${wanted}`,
      'choose another database for this registry',
    )
  }
  if (version < knownVersion)
    return warn('store', found, `the next start migrates it to version ${knownVersion}; make a backup first`)
  return ok('store', found)
}
