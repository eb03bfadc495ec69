/**
 * JSON-RPC over one websocket, opened at the first call and reopened after a close. viem's own transport is not used:
 * it stops reconnecting after some attempts, waits for a connection without limit, and names the whole URL in errors.
 */
import { BaseError, RpcRequestError, TimeoutError, WebSocketRequestError } from 'viem'
import { getWebSocketRpcClient } from 'viem/utils'
import { keysInUrl } from '../domain/rpcUrl.ts'
import { isRpcAnswer, type RpcCall, type RpcLink, resultOf, scrubber } from './rpcLink.ts'

type Socket = Awaited<ReturnType<typeof getWebSocketRpcClient>>

/** Milliseconds between pings on an idle connection. */
const KEEP_ALIVE = { interval: 30_000 }

const SUBSCRIBE_TIMEOUT = 10_000

/** @param name of the endpoint in errors */
export function createSocketLink(rpcUrl: string, name: string): RpcLink {
  const scrub = scrubber([rpcUrl, ...keysInUrl(new URL(rpcUrl))])
  let opening: Promise<Socket> | null = null
  let isClosed = false

  function open(): Promise<Socket> {
    if (isClosed) return Promise.reject(new Error('the gateway has stopped'))
    if (opening !== null) return opening
    const attempt = getWebSocketRpcClient(rpcUrl, { reconnect: false, keepAlive: KEEP_ALIVE })
    const forget = () => {
      if (opening === attempt) opening = null
    }
    attempt.then((socket) => {
      // Dropped or closed in the meantime.
      if (opening !== attempt) return socket.close()
      socket.socket.addEventListener('close', () => {
        forget()
        socket.close()
      })
    }, forget)
    opening = attempt
    return attempt
  }

  function drop(): void {
    const dropped = opening
    opening = null
    dropped?.then(
      (socket) => socket.close(),
      () => {},
    )
  }

  /** Waits for work until the timeout. Then the connection is dropped: a half-open connection never reports its end. */
  async function within<T>(timeout: number, method: string, work: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined
    const deadline = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new TimeoutError({ url: name, body: { method } })), timeout)
    })
    try {
      return await Promise.race([work, deadline])
    } catch (error) {
      if (error instanceof RpcRequestError) throw error
      drop()
      if (error instanceof TimeoutError && error.url === name) throw error
      throw new WebSocketRequestError({ url: name, body: { method }, details: scrub(describe(error)) })
    } finally {
      clearTimeout(timer)
    }
  }

  /** viem's `requestAsync` is not used: it makes the error of a timeout, with its stack, before each call. */
  async function exchange(call: RpcCall): Promise<unknown> {
    const socket = await open()
    return new Promise((onResponse, onError) => socket.request({ body: { ...call }, onResponse, onError }))
  }

  async function listen(onHead: () => void, onEnd: () => void): Promise<() => void> {
    const socket = await open()
    const answer = await new Promise<object>((resolve, reject) => {
      socket.request({
        body: { method: 'eth_subscribe', params: ['newHeads'] },
        onResponse(message: object) {
          if ('method' in message) onHead()
          else resolve(message)
        },
        onError(error) {
          reject(error)
          onEnd()
        },
      })
    })
    const id = resultOf(answer, { name, method: 'eth_subscribe', scrub })
    return () =>
      socket.request({
        body: { method: 'eth_unsubscribe', params: [id] },
        onResponse: () => {},
        onError: () => {},
      })
  }

  return {
    async request(call, timeout) {
      const { method } = call
      const answer: unknown = await within(timeout, method, exchange(call))
      if (isRpcAnswer(answer)) return resultOf(answer, { name, method, scrub })
      throw new WebSocketRequestError({ url: name, body: { method }, details: 'the answer is not JSON-RPC' })
    },
    subscribe: (onHead, onEnd) => within(SUBSCRIBE_TIMEOUT, 'eth_subscribe', listen(onHead, onEnd)),
    close() {
      isClosed = true
      drop()
    },
  }
}

function describe(error: unknown): string {
  if (error instanceof BaseError) return error.shortMessage
  const hasMessage = typeof error === 'object' && error !== null && 'message' in error
  return hasMessage && error.message !== '' ? String(error.message) : 'no connection'
}
