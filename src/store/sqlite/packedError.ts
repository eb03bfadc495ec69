/** Errors on their way between two threads or processes. */
import { StoreError, type StoreFailure, StoreIdentityError } from '../port.ts'
import { BackupError } from './copy.ts'

/** An error as data. A copy between threads would lose the class of the error. */
export interface PackedError {
  readonly type: 'StoreError' | 'StoreIdentityError' | 'BackupError' | 'Error'
  /** Null for other errors than `StoreError`. */
  readonly failure: StoreFailure | null
  readonly message: string
  readonly stack: string | null
  readonly cause: PackedError | null
}

export function packError(error: unknown): PackedError {
  const known = error instanceof Error ? error : new Error(String(error))
  return {
    type: typeOf(known),
    failure: known instanceof StoreError ? known.failure : null,
    message: known.message,
    stack: known.stack ?? null,
    cause: known.cause === undefined ? null : packError(known.cause),
  }
}

function typeOf(error: Error): PackedError['type'] {
  if (error instanceof StoreError) return 'StoreError'
  if (error instanceof BackupError) return 'BackupError'
  return error instanceof StoreIdentityError ? 'StoreIdentityError' : 'Error'
}

export function unpackError(packed: PackedError): Error {
  const error = rebuild(packed)
  if (packed.stack !== null) error.stack = packed.stack
  return error
}

function rebuild({ type, failure, message, cause }: PackedError): Error {
  const options = cause === null ? {} : { cause: unpackError(cause) }
  if (failure !== null) return new StoreError(failure, message, options)
  if (type === 'BackupError') return new BackupError(message, options)
  return type === 'StoreIdentityError'
    ? new StoreIdentityError(message, options)
    : new Error(message, options)
}
