/** The errors of an effect of a start: an outage, which ends by itself, is told from everything else. */
import { BaseError } from 'viem'
import { fromPromise } from 'xstate'
import { StartupError, UnavailableError } from '../../domain/errors.ts'
import { StoreError } from '../../store/port.ts'

/**
 * An effect that fails with an UnavailableError for an outage of chain or store, and with a StartupError for a store that
 * cannot be used. Any other error is a defect.
 */
export function startEffect<T>(run: () => Promise<T>) {
  return fromPromise<T>(() =>
    run().catch((error: unknown) => {
      throw startFailure(error)
    }),
  )
}

function startFailure(cause: unknown): unknown {
  if (cause instanceof BaseError) {
    const reason = cause.details || cause.shortMessage
    return new UnavailableError('chain_unavailable', `The chain did not answer: ${reason}`, { cause })
  }
  if (!(cause instanceof StoreError)) return cause
  const message = `The database cannot be used: ${cause.message}`
  return cause.retryable
    ? new UnavailableError('store_unavailable', message, { cause })
    : new StartupError(message, { cause })
}
