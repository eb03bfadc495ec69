/** What a database file holds, read without any change, also while a gateway writes to it. */
import { existsSync } from 'node:fs'
import type { Millis, Wei } from '../../domain/primitives.ts'
import type { StoreReport } from '../report.ts'
import { Database, type NoParameters } from './database.ts'
import { isLocked } from './fileLock.ts'
import { createReads } from './reads.ts'
import { SCHEMA_VERSION } from './schema.ts'

export interface FileReport {
  /** Whether a gateway has the file open. */
  readonly isInUse: boolean
  /** Null for a file without tables: it is new. */
  readonly contents: StoreReport | null
}

/**
 * Reads every page of the file.
 * @param since begin of the time whose spending is added up
 * @returns null if there is no file
 * @throws StoreError if the file cannot be read, is damaged, or belongs to another program
 */
export function inspectFile(path: string, since: Millis): FileReport | null {
  if (!existsSync(path)) return null
  const isInUse = isLocked(path)
  const database = Database.openToRead(path)
  try {
    database.checkPages()
    return { isInUse, contents: readContents(database, since) }
  } finally {
    database.close()
  }
}

function readContents(database: Database, since: Millis): StoreReport | null {
  const tables = database
    .prepare<NoParameters, { count: number }>(
      `SELECT count(*) AS count FROM sqlite_schema WHERE type = 'table'`,
    )
    .first({})
  if (tables?.count === 0) return null
  const row = database
    .prepare<NoParameters, { version: number; boundTo: string | null; unsettled: number }>(`
      SELECT (SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'schemaVersion') AS version,
        (SELECT value FROM meta WHERE key = 'identity') AS boundTo,
        (SELECT count(*) FROM operations WHERE state NOT IN ('finalized', 'failed')) AS unsettled`)
    .first({})
  if (row === undefined) throw new TypeError('the database has not answered')
  return { ...row, knownVersion: SCHEMA_VERSION, spent: spentSince(database, row.version, since) }
}

/** @returns null for an older database, which the next start migrates */
function spentSince(database: Database, version: number, since: Millis): Wei | null {
  return version === SCHEMA_VERSION ? createReads(database).spentSince(since) : null
}
