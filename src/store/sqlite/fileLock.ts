/**
 * The right to write to a database file: a lock on a second file beside the database. A lock on the database itself would keep
 * out readers as well, and a backup could not be made while the gateway runs.
 *
 * The second file is an empty SQLite database, because Node has no file locks and SQLite has them on every platform. The
 * operating system frees the lock when the process ends. The file is never removed: a process that still waits for the removed
 * file would hold a lock that nobody else sees.
 */
import { existsSync } from 'node:fs'
import type Driver from 'libsql'
import type { DurationMs } from '../../domain/primitives.ts'
import { StoreError } from '../port.ts'
import { driver as loadedDriver, readOnlyUri } from './driver.ts'

/** The path of the lock of a database file. */
export function lockPath(path: string): string {
  return `${path}.lock`
}

/** `isLocked` in another process takes much less. */
const LONGEST_QUESTION: DurationMs = 250

/** A held lock. */
export interface FileLock {
  release(): void
}

/**
 * @param path of the database file
 * @throws StoreError `locked` if another process holds the lock; the driver's error if the lock file cannot be used
 */
export function takeLock(path: string): FileLock {
  const driver: Driver.Database = new (loadedDriver())(lockPath(path), { timeout: LONGEST_QUESTION })
  try {
    // The driver keeps a lock until the prepared statements are garbage-collected. `exec` keeps none.
    driver.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    driver.close()
    if (!isBusy(error)) throw error
    throw new StoreError('locked', `database is locked: another process uses ${path}`, { cause: error })
  }
  return {
    release() {
      driver.exec('ROLLBACK')
      driver.close()
    },
  }
}

/**
 * Whether a process holds the lock of a database file. A process that starts meanwhile waits for the end of the question.
 * @throws the driver's error if the lock file cannot be read
 */
export function isLocked(path: string): boolean {
  if (!existsSync(lockPath(path))) return false
  const driver = new (loadedDriver())(readOnlyUri(lockPath(path)))
  try {
    driver.exec('BEGIN; SELECT 1 FROM sqlite_schema; ROLLBACK')
    return false
  } catch (error) {
    if (isBusy(error)) return true
    throw error
  } finally {
    driver.close()
  }
}

/** Whether an error of the driver says that another connection has a lock. Source: https://www.sqlite.org/rescode.html */
export function isBusy(error: unknown): boolean {
  if (!(error instanceof loadedDriver().SqliteError)) return false
  return ((error.rawCode ?? 0) & 0xff) === SQLITE_BUSY
}

const SQLITE_BUSY = 5
