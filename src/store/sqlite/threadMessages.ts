/** What the gateway's thread and the stores' thread say to each other: plain data, which is copied on its way. */
import { type RequestStore, StoreIdentityError } from '../port.ts'
import { StoreError, type StoreFailure } from './storeError.ts'

export type Method = keyof RequestStore

/** A store is to be opened, or one that is open is called. */
export type Question =
  | { readonly id: number; readonly store: number; readonly method: 'open'; readonly path: string }
  | {
      readonly id: number
      readonly store: number
      readonly method: Method
      readonly args: readonly unknown[]
    }

/** What came of the question of that id. */
export type Answer =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: ErrorMessage }

/** An error as data: a copy of it would be of no class of ours any more. */
interface ErrorMessage {
  readonly type: 'StoreError' | 'StoreIdentityError' | 'Error'
  /** Of a `StoreError`. */
  readonly failure: StoreFailure | null
  readonly message: string
  readonly stack: string | null
  readonly cause: ErrorMessage | null
}

export function packError(error: unknown): ErrorMessage {
  const known = error instanceof Error ? error : new Error(String(error))
  return {
    type: typeOf(known),
    failure: known instanceof StoreError ? known.failure : null,
    message: known.message,
    stack: known.stack ?? null,
    cause: known.cause === undefined ? null : packError(known.cause),
  }
}

function typeOf(error: Error): ErrorMessage['type'] {
  if (error instanceof StoreError) return 'StoreError'
  return error instanceof StoreIdentityError ? 'StoreIdentityError' : 'Error'
}

export function unpackError(packed: ErrorMessage): Error {
  const error = rebuild(packed)
  if (packed.stack !== null) error.stack = packed.stack
  return error
}

function rebuild({ type, failure, message, cause }: ErrorMessage): Error {
  const options = cause === null ? {} : { cause: unpackError(cause) }
  if (failure !== null) return new StoreError(failure, message, options)
  return type === 'StoreIdentityError'
    ? new StoreIdentityError(message, options)
    : new Error(message, options)
}
