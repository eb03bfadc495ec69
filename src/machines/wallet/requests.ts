/** The wallet's line of requests for signatures: pure. */
import type { SignatureRequested } from '../protocol.ts'

export type Requests = readonly SignatureRequested[]

/**
 * Takes a request into the line. One for a nonce that is given goes before those for new nonces, the lowest first: what
 * the head of the stream needs, everything behind it needs. Who asks again before he was answered is answered once, and
 * gets what he asked for last: he may want a cancel by now.
 */
export function enqueue(requests: Requests, request: SignatureRequested): Requests {
  const isKnown = requests.some((other) => isSame(other, request))
  return isKnown
    ? requests.map((other) => (isSame(other, request) ? request : other))
    : byUrgency([...requests, request])
}

/** Puts a request back whose turn it was: before the others that are as urgent. */
export function putBack(requests: Requests, request: SignatureRequested): Requests {
  return byUrgency([request, ...requests.filter((other) => !isSame(other, request))])
}

/** Sorting is stable: requests for new nonces keep their order. */
function byUrgency(requests: Requests): Requests {
  const rank = ({ nonce }: SignatureRequested) => nonce ?? Number.MAX_SAFE_INTEGER
  return [...requests].sort((a, b) => rank(a) - rank(b))
}

/** A batch asks for one signature at a time: what it asks for the same nonce is the same request. */
export function isSame(one: SignatureRequested, other: SignatureRequested): boolean {
  return one.request.batchId === other.request.batchId && one.nonce === other.nonce
}
