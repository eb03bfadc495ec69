/** What goes wrong with a database, in the store's terms: nobody above the adapter knows the driver's error codes. */
import Driver from 'libsql'

/** Every way in which the embedded store fails, and whether the same call can succeed later. */
export const STORE_FAILURES = {
  /** Another process has the database open. */
  locked: { retryable: true },
  /** The disk is full. */
  full: { retryable: true },
  /** The file cannot be opened, read or written. */
  unavailable: { retryable: true },
  /** The file is damaged, or is not a database. */
  corrupt: { retryable: false },
  /** The database was written by a newer version of this program, or by another program. */
  schema: { retryable: false },
  /** A write contradicts what is stored: an id that is not new, a batch that is not known. */
  conflict: { retryable: false },
  /** The store has been closed. */
  closed: { retryable: false },
} as const satisfies Record<string, { readonly retryable: boolean }>

export type StoreFailure = keyof typeof STORE_FAILURES

/** Thrown by every call of the embedded store that could not be carried out; such a call has changed nothing. */
export class StoreError extends Error {
  override readonly name = 'StoreError'
  readonly failure: StoreFailure

  constructor(failure: StoreFailure, message: string, options?: ErrorOptions) {
    super(message, options)
    this.failure = failure
  }

  /** True when the same call can succeed later. */
  get retryable(): boolean {
    return STORE_FAILURES[this.failure].retryable
  }
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

/** An error of the driver as a `StoreError` with the driver's error as its cause; any other error as it is. */
export function toStoreError(error: unknown): unknown {
  if (!(error instanceof Driver.SqliteError)) return error
  // The low byte of an extended result code is the primary one.
  const result = (error.rawCode ?? 0) & 0xff
  return new StoreError(FAILURE_BY_RESULT[result] ?? 'unavailable', error.message, { cause: error })
}
