/**
 * One open SQLite file: typed prepared statements, transactions, and the driver's errors as `StoreError`s.
 *
 * The file is in WAL mode with full synchronisation: a commit is on disk when the call returns. The file is locked
 * while open. Two gateways on one file would send the operations twice.
 */
import { mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import type Driver from 'libsql'
import { StoreError, type StoreFailure } from '../port.ts'
import { driver as loadedDriver } from './driver.ts'
import { createIfMissing } from './newFile.ts'
import { OpenFile } from './openFile.ts'

type SqlValue = string | number | null

/** The named parameters of a statement, written `:name` in SQL. */
export type SqlParameters = Readonly<Record<string, SqlValue>>

/** The parameters of a statement without parameters. */
export type NoParameters = Readonly<Record<string, never>>

/** A prepared statement with parameters `P` and result rows `R`. */
export interface Statement<P extends SqlParameters, R> {
  first(parameters: P): R | undefined
  all(parameters: P): readonly R[]
  /** @returns the number of changed rows */
  run(parameters: P): number
}

export class Database {
  readonly #driver: Driver.Database
  readonly #file: OpenFile

  /**
   * @param path file to open; created, with its folder, if missing; `:memory:` for a database without a file
   * @throws StoreError when another process has the file open, or the file cannot be opened or is damaged
   */
  constructor(path: string) {
    this.#driver = openDriver(path)
    this.#file = new OpenFile(path)
  }

  /** The caller declares the row type: the compiler does not check SQL. */
  prepare<P extends SqlParameters, R = never>(sql: string): Statement<P, R> {
    const statement = this.#attempt(() => this.#driver.prepare<[P]>(sql))
    return {
      first: (parameters) => this.#attempt(() => statement.get(parameters) as R | undefined),
      all: (parameters) => this.#attempt(() => statement.all(parameters) as R[]),
      run: (parameters) => this.#attempt(() => statement.run(parameters).changes),
    }
  }

  /** Runs SQL without parameters or results. */
  execute(sql: string): void {
    this.#attempt(() => this.#driver.exec(sql))
  }

  /** Runs `work` in one transaction. An error of `work` undoes all changes of the transaction. */
  transaction<T>(work: () => T): T {
    return this.#attempt(() => {
      this.#driver.exec('BEGIN IMMEDIATE')
      try {
        const result = work()
        this.#file.verify()
        this.#driver.exec('COMMIT')
        return result
      } catch (error) {
        // When the disk is full, SQLite has rolled back already.
        if (this.#driver.inTransaction) this.#driver.exec('ROLLBACK')
        throw error
      }
    })
  }

  /** @throws StoreError if the file was removed or replaced */
  verifyFile(): void {
    this.#attempt(() => this.#file.verify())
  }

  /** Closes the file. A second call does nothing. */
  close(): void {
    if (!this.#driver.open) return
    this.#attempt(() => {
      try {
        // The driver keeps the file open until the prepared statements are garbage-collected. Leaving WAL mode and
        // reading once in normal locking mode releases every lock at once.
        this.#driver.pragma('journal_mode = DELETE')
        this.#driver.pragma('locking_mode = NORMAL')
        this.#driver.exec('SELECT count(*) FROM sqlite_schema')
      } finally {
        this.#driver.close()
      }
    })
  }

  #attempt<T>(call: () => T): T {
    if (!this.#driver.open) throw new StoreError('closed', 'the store is closed')
    try {
      return call()
    } catch (error) {
      throw toStoreError(error)
    }
  }
}

function openDriver(path: string): Driver.Database {
  const driver = openFile(path)
  try {
    driver.pragma('locking_mode = EXCLUSIVE')
    driver.pragma('journal_mode = WAL')
    driver.pragma('synchronous = FULL')
    // On macOS, `fsync` leaves data in the cache of the drive; `F_FULLFSYNC` does not.
    driver.pragma('fullfsync = ON')
    driver.pragma('foreign_keys = ON')
    driver.exec('BEGIN IMMEDIATE; COMMIT')
    checkPages(driver)
    return driver
  } catch (error) {
    driver.close()
    const failed = toStoreError(error)
    if (!(failed instanceof StoreError)) throw failed
    // Some damage makes the check itself fail.
    const isOfDriver = failed !== error && failed.failure === 'corrupt'
    const reason = isOfDriver ? damagedMessage(failed.message) : failed.message
    const message = `cannot open the database ${path}: ${reason}`
    throw new StoreError(failed.failure, message, { cause: error })
  }
}

function openFile(path: string): Driver.Database {
  try {
    if (path !== ':memory:') {
      mkdirSync(dirname(path), { recursive: true })
      createIfMissing(path)
      refuseEmptyFile(path)
    }
    return new (loadedDriver())(path)
  } catch (error) {
    if (error instanceof StoreError) throw error
    const known = toStoreError(error)
    const failure = known instanceof StoreError ? known.failure : 'unavailable'
    const reason = error instanceof Error ? error.message : String(error)
    throw new StoreError(failure, `cannot open the database ${path}: ${reason}`, { cause: error })
  }
}

/** SQLite takes an empty file for a new database. A database that was in use and lost its content must not start as new. */
function refuseEmptyFile(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.size !== 0) return
  const advice = 'restore it from a backup, or delete it to start with an empty database'
  throw new StoreError('corrupt', `the database file ${path} is empty (0 bytes); ${advice}`)
}

/** Reads every page, at about 250 MB per second. @throws StoreError for the first damage */
function checkPages(driver: Driver.Database): void {
  const found: unknown = driver.prepare('SELECT quick_check AS damage FROM pragma_quick_check(1)').get()
  const damage = typeof found === 'object' && found !== null && 'damage' in found ? found.damage : found
  if (damage !== 'ok') throw new StoreError('corrupt', damagedMessage(String(damage).replaceAll(/\s+/g, ' ')))
}

function damagedMessage(reason: string): string {
  return `the file is damaged (${reason}); restore it from a backup`
}

/** SQLite's primary result codes. Source: https://www.sqlite.org/rescode.html */
const FAILURE_BY_RESULT: Readonly<Record<number, StoreFailure>> = {
  5: 'locked', // SQLITE_BUSY
  6: 'locked', // SQLITE_LOCKED
  11: 'corrupt', // SQLITE_CORRUPT
  13: 'full', // SQLITE_FULL
  19: 'conflict', // SQLITE_CONSTRAINT
  26: 'corrupt', // SQLITE_NOTADB
}

/** Wraps an error of the driver in a `StoreError`. Any other error is returned unchanged. */
export function toStoreError(error: unknown): unknown {
  if (!(error instanceof loadedDriver().SqliteError)) return error
  // The low byte of an extended result code is the primary code.
  const result = (error.rawCode ?? 0) & 0xff
  return new StoreError(FAILURE_BY_RESULT[result] ?? 'unavailable', error.message, { cause: error })
}
