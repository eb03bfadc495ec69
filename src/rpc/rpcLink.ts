/**
 * The link to one endpoint. It throws viem's errors, with the endpoint's name instead of the URL and the method instead of
 * the whole call: messages hold no credentials and no calldata.
 */
import { RpcRequestError } from 'viem'
import type { DurationMs } from '../domain/primitives.ts'

export interface RpcCall {
  readonly method: string
  readonly params?: unknown
}

export interface RpcLink {
  /**
   * Makes one call and returns its result.
   * @param timeout for the whole call, connecting included
   * @throws HttpRequestError, WebSocketRequestError or TimeoutError without an answer
   * @throws RpcRequestError when the answer is an error
   */
  request(call: RpcCall, timeout: DurationMs): Promise<unknown>
  /**
   * Subscribes to new blocks; null for an endpoint that cannot push.
   * @param onHead called for each new block
   * @param onEnd called when the subscription has ended
   * @returns a function that ends the subscription
   */
  readonly subscribe: ((onHead: () => void, onEnd: () => void) => Promise<() => void>) | null
  /** Closes every connection. Calls in flight fail. */
  close(): void
}

interface AnswerContext {
  /** Name of the endpoint. */
  readonly name: string
  readonly method: string
  /** The HTTP response of a failed status. */
  readonly response?: { readonly status: number; readonly headers: Headers }
  /** Removes credentials echoed by the node. */
  readonly scrub: (text: string) => string
}

/** Whether a parsed body is a JSON-RPC response. */
export function isRpcAnswer(answer: unknown): answer is object {
  return typeof answer === 'object' && answer !== null && ('result' in answer || 'error' in answer)
}

/**
 * Whether a response belongs to a call. The response to another call may be a wrong result. An error needs no id: JSON-RPC leaves it
 * out when the node could not read the call.
 */
export function isAnswerTo(answer: object, id: number): boolean {
  const answered = 'id' in answer ? answer.id : null
  return answered === id || (answered === null && !('result' in answer))
}

/** The result of a JSON-RPC response. @throws RpcRequestError when the response is an error */
export function resultOf(answer: object, { name, method, response, scrub }: AnswerContext): unknown {
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
      message: scrub(String(message ?? 'error without a message')),
      data,
    },
    ...response,
  })
}

/** @returns a function that replaces the secrets in a text */
export function scrubber(secrets: readonly string[]): (text: string) => string {
  return (text) => secrets.reduce((rest, secret) => rest.replaceAll(secret, '[redacted]'), text)
}
