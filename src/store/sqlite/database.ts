/**
 * One open SQLite file: typed prepared statements, transactions, and the driver's errors as `StoreError`s.
 *
 * The file is in WAL mode with full synchronisation, so that a commit is on the disk when it returns, and locked for
 * as long as it is open: two gateways on one file would send the same operations twice.
 */
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import Driver from 'libsql'
import { StoreError, toStoreError } from './storeError.ts'

type SqlValue = string | number | null

/** The named parameters of a statement, written `:name` in SQL. */
export type SqlParameters = Readonly<Record<string, SqlValue>>

/** Of a statement without parameters. */
export type NoParameters = Readonly<Record<string, never>>

/** A prepared statement with parameters `P` and result rows `R`. */
export interface Statement<P extends SqlParameters, R> {
  first(parameters: P): R | undefined
  all(parameters: P): readonly R[]
  /** Returns how many rows were changed. */
  run(parameters: P): number
}

export class Database {
  readonly #driver: Driver.Database

  /**
   * @param path file to open; made when it does not exist, and so is its folder. `:memory:` keeps nothing.
   * @throws StoreError when it cannot be opened, or another process has it open
   */
  constructor(path: string) {
    this.#driver = openDriver(path)
  }

  /** The row type is the caller's word: SQL is not checked against it. */
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

  /** Runs `work` in one transaction: what it throws undoes all that it did. */
  transaction<T>(work: () => T): T {
    return this.#attempt(() => {
      this.#driver.exec('BEGIN IMMEDIATE')
      try {
        const result = work()
        this.#driver.exec('COMMIT')
        return result
      } catch (error) {
        // On a full disk, SQLite has rolled back by itself.
        if (this.#driver.inTransaction) this.#driver.exec('ROLLBACK')
        throw error
      }
    })
  }

  /** Closes the file; a second time, does nothing. */
  close(): void {
    if (!this.#driver.open) return
    this.#attempt(() => {
      try {
        // The driver keeps the file open while a prepared statement is not collected. Leaving WAL mode and reading once
        // in normal locking mode gives up every lock at once.
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
    // Where `fsync` leaves data in the drive's cache (macOS), ask for the call that does not.
    driver.pragma('fullfsync = ON')
    driver.pragma('foreign_keys = ON')
    driver.exec('BEGIN IMMEDIATE; COMMIT')
    return driver
  } catch (error) {
    driver.close()
    const failed = toStoreError(error)
    if (!(failed instanceof StoreError)) throw failed
    const message = `cannot open the database ${path}: ${failed.message}`
    throw new StoreError(failed.failure, message, { cause: error })
  }
}

function openFile(path: string): Driver.Database {
  try {
    if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true })
    return new Driver(path)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new StoreError('unavailable', `cannot open the database ${path}: ${reason}`, { cause: error })
  }
}
