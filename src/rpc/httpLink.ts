/**
 * JSON-RPC over HTTP with keep-alive connections. The link uses `node:http`, because `fetch` takes more CPU per call
 * (`npm run bench`, row `rpc_call_us`).
 */
import { Agent, type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest, Agent as SecureAgent } from 'node:https'
import { urlToHttpOptions } from 'node:url'
import { HttpRequestError, TimeoutError } from 'viem'
import { keysInUrl } from '../domain/rpcUrl.ts'
import { isAnswerTo, isRpcAnswer, type RpcLink, resultOf, scrubber } from './rpcLink.ts'

interface HttpAnswer {
  readonly status: number
  readonly statusText: string
  readonly retryAfter: string | undefined
  readonly body: string
}

/** Upper limit for one answer: an endpoint must not fill the memory. */
const MAX_BODY_BYTES = 64 * 1024 * 1024

/** @param name of the endpoint in errors */
export function createHttpLink(rpcUrl: string, name: string): RpcLink {
  const url = new URL(rpcUrl)
  const isSecure = url.protocol === 'https:'
  const agent = isSecure ? new SecureAgent({ keepAlive: true }) : new Agent({ keepAlive: true })
  const open = isSecure ? httpsRequest : httpRequest
  const target = { ...urlToHttpOptions(url), agent, method: 'POST' }
  const scrub = scrubber(keysInUrl(url))
  let calls = 0

  return {
    async request(call, timeout) {
      const { method } = call
      calls += 1
      const id = calls
      const text = JSON.stringify({ jsonrpc: '2.0', id, ...call })
      const headers = { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) }
      const send = () => open({ ...target, headers })
      const failed = (details: string, cause?: Error) =>
        new HttpRequestError({ url: name, body: { method }, details, ...(cause && { cause }) })
      const { status, statusText, retryAfter, body } = await post(send, text, {
        timeout,
        onTimeout: () => new TimeoutError({ url: name, body: { method } }),
      }).catch((error: Error) => {
        throw error instanceof TimeoutError ? error : failed(error.message, error)
      })

      const isSuccess = status >= 200 && status < 300
      const answerHeaders = new Headers(retryAfter === undefined ? {} : { 'Retry-After': retryAfter })
      const answer = parse(body)
      if (isRpcAnswer(answer)) {
        if (!isAnswerTo(answer, id)) throw failed('the answer belongs to another call')
        const response = isSuccess ? {} : { response: { status, headers: answerHeaders } }
        return resultOf(answer, { name, method, scrub, ...response })
      }
      if (isSuccess) throw failed('the answer is not JSON-RPC')
      throw new HttpRequestError({
        url: name,
        body: { method },
        status,
        headers: answerHeaders,
        details: statusText,
      })
    },
    subscribe: null,
    close: () => agent.destroy(),
  }
}

interface Deadline {
  readonly timeout: number
  readonly onTimeout: () => Error
}

/** Sends a body and reads the answer. */
async function post(send: () => ClientRequest, text: string, deadline: Deadline): Promise<HttpAnswer> {
  const first = send()
  try {
    return await exchange(first, text, deadline)
  } catch (error) {
    // The server closed an idle keep-alive connection just when it was used again. The call was not processed.
    const isStale = error instanceof Error && 'code' in error && error.code === 'ECONNRESET'
    if (!first.reusedSocket || !isStale) throw error
    return exchange(send(), text, deadline)
  }
}

function exchange(
  request: ClientRequest,
  text: string,
  { timeout, onTimeout }: Deadline,
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => request.destroy(onTimeout()), timeout)
    const fail = (error: Error) => {
      clearTimeout(timer)
      reject(error)
    }
    request.on('error', fail)
    request.on('response', (response: IncomingMessage) => {
      const chunks: Buffer[] = []
      let size = 0
      response.on('error', fail)
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk)
        size += chunk.length
        if (size > MAX_BODY_BYTES) request.destroy(new Error('the answer is too long'))
      })
      response.on('end', () => {
        clearTimeout(timer)
        resolve({
          status: response.statusCode ?? 0,
          statusText: response.statusMessage ?? '',
          retryAfter: response.headers['retry-after'],
          body: Buffer.concat(chunks).toString(),
        })
      })
    })
    request.end(text)
  })
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return null
  }
}
