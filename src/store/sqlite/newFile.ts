/**
 * Creates database files. A file gets its name only when it is a database: a process that is killed in between leaves no empty
 * file, which a later start would have to take for a database that has lost its content.
 */
import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { StoreError } from '../port.ts'
import { driver as loadedDriver } from './driver.ts'

/** Written into the header of the file, as SQLite suggests for the files of an application. Any number serves. */
const APPLICATION_ID = 0x6f_70_73_62

/**
 * Creates a database without tables, if the file is missing.
 * @throws StoreError if the write-ahead log is there without its database; the driver's error, also while another process
 *   creates the file
 */
export function createIfMissing(path: string): void {
  if (existsSync(path)) return
  refuseLeftLog(path)
  const draft = `${path}.new`
  const driver = new (loadedDriver())(draft)
  try {
    driver.exec(
      `PRAGMA synchronous = FULL; BEGIN EXCLUSIVE; PRAGMA application_id = ${APPLICATION_ID}; COMMIT`,
    )
    // With the lock, only one process renames the draft. The file of another process is not replaced.
    driver.exec('BEGIN EXCLUSIVE')
    if (existsSync(path)) rmSync(draft, { force: true })
    else renameSync(draft, path)
    syncFolder(dirname(path))
    driver.exec('ROLLBACK')
  } finally {
    driver.close()
  }
}

/** SQLite would apply the log to the new database. */
function refuseLeftLog(path: string): void {
  const log = `${path}-wal`
  if (!existsSync(log)) return
  const advice = 'restore the database from a backup, or delete the log to start with an empty database'
  throw new StoreError('corrupt', `the database ${path} is missing, but not its log ${log}; ${advice}`)
}

/** The names in the folder survive a power failure. */
export function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r')
  fsyncSync(handle)
  closeSync(handle)
}
