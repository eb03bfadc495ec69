/** JSON-RPC as the proxy handles it. */

export interface RpcCall {
  readonly id: unknown
  readonly method: string
  readonly params: readonly unknown[]
}

export interface RpcAnswer {
  readonly result?: unknown
  readonly error?: { readonly code: number; readonly message: string }
}

/** The result for the caller. */
export type Reply =
  | { readonly type: 'answer'; readonly status: number; readonly body: string }
  /** The connection breaks. */
  | { readonly type: 'hangUp' }
  /** No answer until the timeout of the caller. */
  | { readonly type: 'silence' }

export interface Node {
  /** Forwards a call unchanged. */
  pass(call: RpcCall): Promise<Reply>
  /** Makes an additional call. @throws Error when the node returns an error */
  ask<T>(method: string, params?: readonly unknown[]): Promise<T>
}

export function connectNode(url: string): Node {
  const post = async (call: RpcCall) => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', ...call }),
    })
    return { status: response.status, body: await response.text() }
  }
  return {
    pass: async (call) => ({ type: 'answer', ...(await post(call)) }),
    async ask<T>(method: string, params: readonly unknown[] = []) {
      const { body } = await post({ id: 1, method, params })
      const { result, error }: RpcAnswer = JSON.parse(body)
      if (error !== undefined) throw new Error(`${method}: ${error.message}`)
      return result as T
    },
  }
}

export function resultReply({ id }: RpcCall, result: unknown): Reply {
  return { type: 'answer', status: 200, body: JSON.stringify({ jsonrpc: '2.0', id, result }) }
}

export function errorReply({ id }: RpcCall, code: number, message: string): Reply {
  return {
    type: 'answer',
    status: 200,
    body: JSON.stringify({ jsonrpc: '2.0', id, error: { code, message } }),
  }
}
