/**
 * Calls to the chain, and the distinctions that everything else rests on: whether a call failed because of what was asked,
 * because nobody answered, or because the endpoint is ill.
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

/** Reads and sends through one endpoint. It never retries by itself: who asks knows what a second try means. */
export type ChainClient = PublicClient

/** Nothing was asked: the endpoint is ill, and it is not time to try it again. */
export class EndpointDownError extends BaseError {
  override readonly name = 'EndpointDownError'
  /** Time until it is tried again. */
  readonly retryAfter: DurationMs

  constructor(endpoint: string, reason: string, retryAfter: DurationMs) {
    super(`The endpoint ${endpoint} is not asked now: ${reason}`, { details: reason })
    this.retryAfter = retryAfter
  }
}

/** JSON-RPC codes by which a node says that it cannot answer now: too many requests, limit exceeded, unavailable. */
const UNAVAILABLE_CODES: ReadonlySet<number> = new Set([429, -32005, -32002, -32007, -32016])

/** Other codes tell nothing by themselves: nodes use them both for what a call came to and for their own troubles. */
const ABOUT_THE_NODE =
  /rate limit|too many requests|missing trie node|shutting down|not synced|syncing|timeout|timed out|unavailable|overloaded|try again/i

/**
 * How nodes say that they do not have a block, or that it is on another branch than theirs: geth, reth, Erigon, Nethermind,
 * Besu, and anvil, which says it as EIP-1898 does.
 */
const ABOUT_THE_BLOCK =
  /header (for hash )?not found|block (\S+ )?not found|could not be found|unknown block|not (currently )?canonical|resource not found/i

/** How they say that they do not keep the state of a block any more; a full node keeps that of the last 128 blocks or so. */
const STATE_GONE =
  /missing trie node|historical state|no state (available|found)|world state unavailable|pruned|BlockOutOfRange/i

/** What a call came to. Some nodes say it with HTTP 500, and a revert's own reason may hold any words. */
const ABOUT_THE_CALL =
  /revert|evm error|nonce too|underpriced|already known|insufficient funds|out of gas|gas (required|too)/i

/** By JSON-RPC code 3 nodes say that execution reverted. */
const REVERTED = 3

/**
 * Whether an error says that the chain did not answer: no connection, a timeout, a refusal by HTTP status, a node that is
 * out of resources or does not have the block yet. Anything else is an answer.
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
  // A call that is too large for the endpoint is answered by that: smaller parts may pass.
  if (link instanceof HttpRequestError) return link.status !== 413
  if (!(link instanceof RpcRequestError)) return false
  if (isRefusal(link)) return true
  if (isAboutTheCall(link)) return false
  return (
    UNAVAILABLE_CODES.has(link.code) ||
    ABOUT_THE_NODE.test(link.details) ||
    ABOUT_THE_BLOCK.test(link.details)
  )
}

/** Whether a JSON-RPC error is the endpoint's refusal to work, by its HTTP status or the code that stands for one. */
export function isRefusal(error: RpcRequestError): boolean {
  const { status = 200, code } = error
  if (status === 429 || code === 429 || status === 401 || status === 403) return true
  return status >= 500 && !isAboutTheCall(error)
}

function isAboutTheCall({ code, details }: RpcRequestError): boolean {
  return code === REVERTED || ABOUT_THE_CALL.test(details)
}

/** The error that a caller gets when the chain did not answer. */
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
 * Whether to ask again, of a question about an older state: the chain did not answer, or the node does not have that block.
 * That it does not keep the state any more is an answer: that it cannot say.
 */
export function isWorthAskingAgain(error: unknown): boolean {
  const isGone = error instanceof BaseError && STATE_GONE.test(error.details)
  return isUnavailable(error) && !isGone
}
