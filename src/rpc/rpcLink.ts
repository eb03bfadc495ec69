/**
 * The wire to one endpoint. What it throws are viem's errors, with the endpoint's name where viem would put its URL, and
 * the method where it would put the whole call: neither credentials nor calldata get into messages.
 */
import { RpcRequestError } from 'viem'
import type { DurationMs } from '../domain/primitives.ts'

export interface RpcCall {
  readonly method: string
  readonly params?: unknown
}

export interface RpcLink {
  /**
   * Makes one call and gives its result.
   * @param timeout for all of it, connecting included
   * @throws HttpRequestError, WebSocketRequestError or TimeoutError when there is no answer
   * @throws RpcRequestError when the answer is an error
   */
  ask(call: RpcCall, timeout: DurationMs): Promise<unknown>
  /**
   * Asks to be told of new blocks; null where the endpoint cannot push.
   * @param onHead called for each
   * @param onEnd called when no more will come
   * @returns how to end it
   */
  readonly subscribe: ((onHead: () => void, onEnd: () => void) => Promise<() => void>) | null
  /** Gives up every connection. Calls under way fail. */
  close(): void
}

interface Answered {
  /** Name of the endpoint. */
  readonly name: string
  readonly method: string
  /** The HTTP response, where it was not a success. */
  readonly response?: { readonly status: number; readonly headers: Headers }
  /** Blanks credentials that the node may have echoed. */
  readonly scrub: (text: string) => string
}

/** Whether a parsed body is a JSON-RPC response. */
export function isRpcAnswer(answer: unknown): answer is object {
  return typeof answer === 'object' && answer !== null && ('result' in answer || 'error' in answer)
}

/** The result of a JSON-RPC response. @throws RpcRequestError when it is an error */
export function resultOf(answer: object, { name, method, response, scrub }: Answered): unknown {
  if (!('error' in answer) || answer.error === null || answer.error === undefined) {
    return 'result' in answer ? answer.result : null
  }
  const { error } = answer
  const fields: { readonly code?: unknown; readonly message?: unknown; readonly data?: unknown } =
    typeof error === 'object' ? error : { message: error }
  const { code, message, data } = fields
  throw new RpcRequestError({
    body: { method },
    url: name,
    error: {
      code: Number(code ?? -1),
      message: scrub(String(message ?? 'an error without a message')),
      data,
    },
    ...response,
  })
}

/** A function that blanks texts. */
export function scrubber(secrets: readonly string[]): (text: string) => string {
  return (text) => secrets.reduce((rest, secret) => rest.replaceAll(secret, '[redacted]'), text)
}
