/** Sends a submission to the service, and reads the answers. */
import { type Agent, request as httpRequest, type OutgoingHttpHeaders } from 'node:http'
import { connect } from 'node:net'
import { type RawAnswer, readAnswers } from './rawAnswers.ts'

/** A request, or raw bytes. Generated from seed and number alone. */
export type Submission =
  | {
      readonly kind: 'request'
      readonly method: string
      readonly target: string
      readonly headers: readonly (readonly [name: string, value: string])[]
      readonly body: Buffer | null
      /** Whether the body is sent in chunks, without a Content-Length. */
      readonly isChunked: boolean
    }
  | {
      readonly kind: 'bytes'
      /** Each character is a byte. */
      readonly text: string
      /** The complete requests in the bytes. The service must answer each; null for malformed bytes. */
      readonly requests: readonly { readonly method: string; readonly target: string }[] | null
      /** Number of writes. */
      readonly pieces: number
      /** The client waits for the server to close, closes its own half (some answers may be cut off), or resets. */
      readonly ending: 'wait' | 'halfClose' | 'reset'
    }

export type Answer = RawAnswer

export interface Address {
  readonly host: string
  readonly port: number
}

/** Sends a request and reads the whole answer, or the first chunk of an event stream. */
export function send(
  { host, port }: Address,
  agent: Agent,
  { method, target, headers, body, isChunked }: Extract<Submission, { kind: 'request' }>,
): Promise<Answer> {
  const fields: OutgoingHttpHeaders = {}
  for (const [name, value] of headers) fields[name] = value
  if (body !== null && isChunked) fields['Transfer-Encoding'] = 'chunked'
  if (body !== null && !isChunked) fields['Content-Length'] = body.length
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest({ host, port, agent, method, path: target, headers: fields }, (incoming) => {
      const chunks: Buffer[] = []
      const conclude = () =>
        resolve({
          status: incoming.statusCode ?? 0,
          headers: new Headers(
            incoming.rawHeaders.flatMap((name, at, all) => (at % 2 ? [] : [[name, all[at + 1] ?? '']])) as [
              string,
              string,
            ][],
          ),
          body: Buffer.concat(chunks),
        })
      incoming.on('data', (chunk: Buffer) => {
        chunks.push(chunk)
        if (!incoming.headers['content-type']?.startsWith('text/event-stream')) return
        conclude()
        incoming.destroy()
      })
      incoming.once('end', conclude)
      incoming.once('error', reject)
    })
    outgoing.once('error', reject)
    if (body !== null && isChunked) outgoing.write(body)
    outgoing.end(isChunked ? null : body)
  })
}

/** Sends raw bytes, and reads the answers until the server closes the connection. */
export function sendBytes(
  { host, port }: Address,
  { text, requests, pieces, ending }: Extract<Submission, { kind: 'bytes' }>,
): Promise<readonly Answer[]> {
  const bytes = Buffer.from(text, 'latin1')
  const methods = requests?.map(({ method }) => method) ?? []
  return new Promise((resolve, reject) => {
    const received: Buffer[] = []
    const socket = connect({ host, port, allowHalfOpen: true })
    socket.on('data', (chunk) => received.push(chunk))
    // The server may close the connection before all bytes are written.
    socket.on('error', () => socket.destroy())
    socket.once('close', () => {
      try {
        resolve(ending === 'reset' ? [] : readAnswers(Buffer.concat(received), methods))
      } catch (error) {
        reject(error)
      }
    })
    socket.once('end', () => socket.end())
    socket.once('connect', () => {
      const size = Math.ceil(bytes.length / pieces)
      for (let start = 0; start < bytes.length; start += size)
        socket.write(bytes.subarray(start, start + size))
      if (ending === 'halfClose') socket.end()
      if (ending === 'reset') socket.end(() => socket.resetAndDestroy())
    })
  })
}
