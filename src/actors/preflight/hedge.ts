/** Repeats a decision on the next endpoint, so that a hanging endpoint does not delay the answer. */
import { GatewayError, RefusedError } from '../../domain/errors.ts'
import type { DurationMs } from '../../domain/primitives.ts'
import { type ChainClient, chainUnavailable } from '../../rpc/chainClient.ts'
import { TooHeavyError } from './simulateGroup.ts'

/** Gives the preferred endpoint that is not avoided; an avoided one when there is no other. */
export type Pin = (isAvoided: (client: ChainClient) => boolean) => ChainClient

/** Time without a result after which the next endpoint is asked as well. */
const PATIENCE: DurationMs = 1_000

/**
 * Makes a decision through the preferred endpoint. The next endpoint is asked as well after a second, or at once when an
 * endpoint does not answer. Each endpoint makes the whole decision, and the first result counts.
 * @param longest time for a result
 * @param decide throws a GatewayError for a refusal, and any other error when its endpoint has no answer
 * @throws the first refusal; when no endpoint has an answer, UnavailableError (`chain_unavailable`), or RefusedError for an
 *   operation that is too heavy
 */
export function hedge<T>(
  pin: Pin,
  longest: DurationMs,
  decide: (client: ChainClient) => Promise<T>,
): Promise<T> {
  const asked = new Set<ChainClient>()
  let pending = 0
  let isOver = false
  let patience: NodeJS.Timeout | undefined
  return new Promise<T>((resolve, reject) => {
    const end = (settle: () => void) => {
      isOver = true
      clearTimeout(patience)
      clearTimeout(limit)
      settle()
    }
    const giveUp = (cause: unknown) => end(() => reject(failureAfter(cause)))
    const limit = setTimeout(() => giveUp(new Error('no answer in time')), longest)
    const askNext = () => {
      clearTimeout(patience)
      const client = pin((other) => asked.has(other))
      if (isOver || asked.has(client)) return
      asked.add(client)
      pending += 1
      patience = setTimeout(askNext, PATIENCE)
      decide(client).then(
        (result) => end(() => resolve(result)),
        (error: unknown) => {
          pending -= 1
          if (error instanceof GatewayError) return end(() => reject(error))
          askNext()
          if (pending === 0) giveUp(error)
        },
      )
    }
    askNext()
  })
}

/** @param cause why the last endpoint has no answer */
function failureAfter(cause: unknown): GatewayError {
  if (!(cause instanceof TooHeavyError)) return chainUnavailable(cause)
  const message = 'the operation is too heavy: its simulation exceeds the limits of the RPC endpoint'
  return new RefusedError('bad_request', message, { cause })
}
