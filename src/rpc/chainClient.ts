/**
 * The client for calls to the chain, and the classes of its errors: an answer (for example a revert), an outage (no answer
 * now), and a refusal by the endpoint.
 */
import {
  BaseError,
  BlockNotFoundError,
  HttpRequestError,
  type PublicClient,
  RpcRequestError,
  TimeoutError,
  WebSocketRequestError,
} from 'viem'
import { UnavailableError } from '../domain/errors.ts'
import type { DurationMs } from '../domain/primitives.ts'

/** Reads and sends through one endpoint, without retries: only the caller knows whether a second call is safe. */
export type ChainClient = PublicClient

/** No call was made: the endpoint is not up, and its next probe is not due or not finished. */
export class EndpointDownError extends BaseError {
  override readonly name = 'EndpointDownError'
  /** Time until the next probe. */
  readonly retryAfter: DurationMs

  constructor(endpoint: string, reason: string, retryAfter: DurationMs) {
    super(`RPC endpoint ${endpoint} is disabled: ${reason}`, { details: reason })
    this.retryAfter = retryAfter
  }
}

/** JSON-RPC codes for "no answer now": too many requests, limit exceeded, unavailable. */
const UNAVAILABLE_CODES: ReadonlySet<number> = new Set([429, -32005, -32002, -32007, -32016])

/** Messages about trouble of the node. Under other codes nodes report both their own trouble and the result of a call. */
const NODE_TROUBLE =
  /rate limit|too many requests|missing trie node|shutting down|not synced|syncing|timeout|timed out|unavailable|overloaded|try again/i

/**
 * Messages of a node without a block, or with the block on another branch: geth, reth, Erigon, Nethermind, Besu, and
 * anvil (in the words of EIP-1898).
 */
const BLOCK_MISSING =
  /header (for hash )?not found|block (\S+ )?not found|could not be found|unknown block|not (currently )?canonical|resource not found/i

/** Messages of a node with a pruned state. A full node keeps the state of about the last 128 blocks. */
const STATE_PRUNED =
  /missing trie node|historical state|no state (available|found)|world state unavailable|pruned|BlockOutOfRange/i

/** Messages about the result of a call. Some nodes send them with HTTP 500, and a revert reason may hold any words. */
const CALL_RESULT =
  /revert|evm error|nonce too|underpriced|already known|insufficient funds|out of gas|gas (required|too)/i

/** The JSON-RPC code for a reverted execution. */
const REVERTED = 3

/**
 * Whether the chain did not answer: no connection, a timeout, a refusal by HTTP status, a node without resources or without
 * the block. Any other error is an answer.
 */
export function isUnavailable(error: unknown): boolean {
  if (!(error instanceof BaseError)) return true
  return error.walk(isOutage) !== null
}

function isOutage(link: unknown): boolean {
  if (
    link instanceof TimeoutError ||
    link instanceof WebSocketRequestError ||
    link instanceof EndpointDownError ||
    link instanceof BlockNotFoundError
  ) {
    return true
  }
  // Content too large is an answer: a smaller call may pass.
  if (link instanceof HttpRequestError) return link.status !== 413
  if (!(link instanceof RpcRequestError)) return false
  if (isRefusal(link)) return true
  if (isCallResult(link)) return false
  const { code, details } = link
  return UNAVAILABLE_CODES.has(code) || NODE_TROUBLE.test(details) || BLOCK_MISSING.test(details)
}

/** Whether a JSON-RPC error refuses the caller (rate limit, authorisation, server error), by HTTP status or by code. */
export function isRefusal(error: RpcRequestError): boolean {
  const { status = 200, code } = error
  if (status === 429 || code === 429 || status === 401 || status === 403) return true
  return status >= 500 && !isCallResult(error)
}

function isCallResult({ code, details }: RpcRequestError): boolean {
  return code === REVERTED || CALL_RESULT.test(details)
}

/** The error for an API caller when the chain does not answer. */
export function chainUnavailable(cause: unknown): UnavailableError {
  const down = cause instanceof BaseError ? cause.walk((link) => link instanceof EndpointDownError) : null
  return new UnavailableError(
    'chain_unavailable',
    'The chain did not answer; nothing was stored. Please try again.',
    {
      cause,
      retryAfter: down instanceof EndpointDownError ? Math.max(1, Math.ceil(down.retryAfter / 1000)) : 1,
    },
  )
}

/**
 * Whether a repeated read of an older state may succeed later: the chain did not answer, or the node lacks the block. A
 * pruned state is final: the node will never answer.
 */
export function isTemporary(error: unknown): boolean {
  const isPruned = error instanceof BaseError && STATE_PRUNED.test(error.details)
  return isUnavailable(error) && !isPruned
}
