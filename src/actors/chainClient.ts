/**
 * The connection to the chain, and the one distinction that everything else rests on: whether a call failed because of
 * what was asked, or because nobody answered.
 */
import {
  BaseError,
  type Chain,
  createPublicClient,
  defineChain,
  type EIP1193RequestFn,
  HttpRequestError,
  http,
  type PublicClient,
  RpcRequestError,
  TimeoutError,
  type Transport,
  WebSocketRequestError,
  webSocket,
} from 'viem'
import type { ChainConfig } from '../domain/config.ts'
import { UnavailableError } from '../domain/errors.ts'
import type { SystemEvent } from '../domain/events.ts'

export type ChainClient = PublicClient<Transport, Chain>

type CallObserver = (event: Extract<SystemEvent, { type: 'rpc.called' }>) => void

/** JSON-RPC codes by which a node says that it cannot answer now: too many requests, limit exceeded, unavailable. */
const UNAVAILABLE_CODES: ReadonlySet<number> = new Set([429, -32005, -32002, -32007, -32016])

/** Other codes tell nothing by themselves: nodes use them both for what a call came to and for their own troubles. */
const ABOUT_THE_NODE =
  /rate limit|too many requests|header not found|block not found|missing trie node|shutting down|not synced|syncing|timeout|timed out|unavailable|overloaded|try again/i

/**
 * Opens a connection. It never retries by itself: who asks knows what a second try means.
 * @param chainId null before it is known
 * @param observe called after every call, with its duration and outcome
 */
export function createChainClient(
  config: Pick<ChainConfig, 'rpcUrl' | 'rpcTimeout'>,
  chainId: number | null,
  observe: CallObserver,
): ChainClient {
  const { rpcUrl, rpcTimeout: timeout } = config
  const transport = rpcUrl.startsWith('ws')
    ? webSocket(rpcUrl, { retryCount: 0, timeout })
    : http(rpcUrl, { retryCount: 0, timeout })
  const endpoint = new URL(rpcUrl).host
  const chain = defineChain({
    id: chainId ?? 0,
    name: `chain ${chainId ?? 'unknown'}`,
    nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
    rpcUrls: { default: { http: [rpcUrl] } },
  })
  const observed: Transport = (options) => {
    const inner = transport(options)
    return { ...inner, request: timed(inner.request, endpoint, observe) }
  }
  return createPublicClient({ chain, transport: observed, cacheTime: 0 })
}

/** The same function, with every call reported. */
function timed<R extends EIP1193RequestFn>(request: R, endpoint: string, observe: CallObserver): R {
  return new Proxy(request, {
    async apply(target, self, args: Parameters<R>) {
      const { method } = args[0]
      const start = performance.now()
      const report = (outcome: 'ok' | 'error' | 'unavailable') =>
        observe({ type: 'rpc.called', endpoint, method, outcome, duration: performance.now() - start })
      try {
        const result: unknown = await Reflect.apply(target, self, args)
        report('ok')
        return result
      } catch (error) {
        report(isUnavailable(error) ? 'unavailable' : 'error')
        throw error
      }
    },
  })
}

/**
 * Whether an error says that the chain did not answer: no connection, a timeout, HTTP 429 or 5xx, or a node that is out
 * of resources. Anything else is an answer.
 */
export function isUnavailable(error: unknown): boolean {
  if (!(error instanceof BaseError)) return true
  return error.walk(isOutage) !== null
}

function isOutage(link: unknown): boolean {
  if (
    link instanceof HttpRequestError ||
    link instanceof TimeoutError ||
    link instanceof WebSocketRequestError
  ) {
    return true
  }
  if (!(link instanceof RpcRequestError)) return false
  const { code, message, status } = {
    status: 200,
    ...pickStatus(link),
    code: link.code,
    message: link.details,
  }
  return status === 429 || status >= 500 || UNAVAILABLE_CODES.has(code) || ABOUT_THE_NODE.test(message)
}

/** The HTTP status of an answer that is a JSON-RPC error, where the transport kept it. */
function pickStatus(error: object): { readonly status?: number } {
  return 'status' in error && typeof error.status === 'number' ? { status: error.status } : {}
}

/** The error that a caller gets when the chain did not answer. */
export function chainUnavailable(cause: unknown): UnavailableError {
  return new UnavailableError(
    'chain_unavailable',
    'The chain did not answer; nothing was stored. Please try again.',
    {
      cause,
    },
  )
}

/** Whether a node answers that it does not keep that state any more; a full node keeps that of the last 128 blocks or so. */
export function isStateGone(error: unknown): boolean {
  return (
    error instanceof BaseError &&
    /missing trie node|header not found|historical state|pruned|BlockOutOfRange/i.test(error.details)
  )
}
