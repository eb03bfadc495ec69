/** The wallet's queue of signature requests: pure. */
import type { BatchId } from '../../domain/batch.ts'
import type { SignatureRequested } from '../protocol.ts'

export type Requests = readonly SignatureRequested[]

/**
 * Adds a request to the queue. Requests for a given nonce come first, the lowest nonce first, because all later nonces wait
 * for the lowest. A repeated request replaces the pending request, because the batch may now need a cancel.
 */
export function enqueue(requests: Requests, request: SignatureRequested): Requests {
  const isKnown = requests.some((other) => isSame(other, request))
  return isKnown
    ? requests.map((other) => (isSame(other, request) ? request : other))
    : byUrgency([...requests, request])
}

/** Returns a request to the queue, before all requests of the same urgency. */
export function putBack(requests: Requests, request: SignatureRequested): Requests {
  return byUrgency([request, ...requests.filter((other) => !isSame(other, request))])
}

/** The waiting request of a batch for a first attempt at a new nonce; undefined if there is none. */
export function withdrawable(requests: Requests, batchId: BatchId): SignatureRequested | undefined {
  return requests.find(({ request, nonce }) => request.batchId === batchId && nonce === null)
}

/** The sort is stable: requests for new nonces keep their order. */
function byUrgency(requests: Requests): Requests {
  const rank = ({ nonce }: SignatureRequested) => nonce ?? Number.MAX_SAFE_INTEGER
  return [...requests].sort((a, b) => rank(a) - rank(b))
}

/** Whether two requests have equal batch and nonce. A batch requests a single signature at a time. */
export function isSame(one: SignatureRequested, other: SignatureRequested): boolean {
  return one.request.batchId === other.request.batchId && one.nonce === other.nonce
}

/** Whether the batch has attempts at the nonce already: without a signature, it can send them again. */
export function isReplacement({ highest }: SignatureRequested): boolean {
  return highest !== null
}
