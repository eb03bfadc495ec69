/**
 * One open SQLite file: typed prepared statements, transactions, and the driver's errors as `StoreError`s.
 *
 * The file is in WAL mode with full synchronisation: a commit is on disk when the call returns. Only one process may write: two
 * gateways on one file would send the operations twice. Other processes may read meanwhile.
 */
import { mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import type Driver from 'libsql'
import type { DurationMs } from '../../domain/primitives.ts'
import { StoreError, type StoreFailure } from '../port.ts'
import { driver as loadedDriver, readOnlyUri } from './driver.ts'
import { type FileLock, isBusy, takeLock } from './fileLock.ts'
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
  /** Null for a database that is only read, or has no file. */
  readonly #lock: FileLock | null

  private constructor(driver: Driver.Database, file: OpenFile, lock: FileLock | null) {
    this.#driver = driver
    this.#file = file
    this.#lock = lock
  }

  /**
   * Opens a file for this process alone to write to.
   * @param path file to open; created, with its folder, if missing; `:memory:` for a database without a file
   * @throws StoreError when another process has the file open, or the file cannot be opened or is damaged
   */
  static open(path: string): Database {
    const lock = path === MEMORY ? null : lockFile(path)
    try {
      return new Database(openDriver(path), new OpenFile(path), lock)
    } catch (error) {
      lock?.release()
      throw error
    }
  }

  /**
   * Opens an existing file to read, also while a gateway writes to it. Nothing is changed, also not by SQLite itself at the end.
   * @throws StoreError when the file cannot be opened
   */
  static openToRead(path: string): Database {
    const driver = connect(path, readOnlyUri(path))
    return new Database(driver, new OpenFile(path), null)
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

  /** Reads every page, at about 250 MB per second. @throws StoreError for the first damage */
  checkPages(): void {
    this.#attempt(() => checkPages(this.#driver))
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
        if (this.#lock !== null) leaveWalMode(this.#driver)
      } finally {
        this.#driver.close()
        this.#lock?.release()
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

const MEMORY = ':memory:'

/** A reader that ends may lock the file for a moment. */
const LONGEST_WAIT: DurationMs = 1_000

/** The file becomes complete without its log. While another process reads, SQLite refuses, and the log stays for the next start. */
function leaveWalMode(driver: Driver.Database): void {
  try {
    driver.pragma('journal_mode = DELETE')
  } catch (error) {
    if (!isBusy(error)) throw error
  }
}

/** @throws StoreError when another process has the lock, or the folder or the lock cannot be made */
function lockFile(path: string): FileLock {
  return described(path, () => {
    mkdirSync(dirname(path), { recursive: true })
    return takeLock(path)
  })
}

function openDriver(path: string): Driver.Database {
  const driver = openFile(path)
  try {
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
  return described(path, () => {
    if (path !== MEMORY) {
      createIfMissing(path)
      refuseEmptyFile(path)
    }
    return connect(path, path)
  })
}

/** @param name what the driver opens: the path, or a URI of the path */
function connect(path: string, name: string): Driver.Database {
  return described(path, () => new (loadedDriver())(name, { timeout: LONGEST_WAIT }))
}

/** @throws StoreError that names the database, for every error of `open` */
function described<T>(path: string, open: () => T): T {
  try {
    return open()
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

/** @throws StoreError for the first damage */
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
