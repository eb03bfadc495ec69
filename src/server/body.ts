/**
 * Reads a request's JSON body. In the reference's order: content type (415), size (413), then syntax (400); whether
 * the JSON has the right shape is for the caller to say.
 */
import { isUtf8 } from 'node:buffer'
import { RefusedError } from '../domain/errors.ts'

/** `application/json` or `application/<anything>+json`, with or without parameters. */
const JSON_MEDIA_TYPE = /^\s*application\/(?:[\w!#$&^.+-]+\+)?json\s*(?:;|$)/i

/**
 * @param limit most bytes of a body
 * @throws RefusedError `unsupported_media_type`, `payload_too_large` or `bad_request`
 */
export async function readJson(request: Request, limit: number): Promise<unknown> {
  if (!JSON_MEDIA_TYPE.test(request.headers.get('content-type') ?? '')) {
    throw new RefusedError('unsupported_media_type', 'The body must be application/json.')
  }
  const bytes = await readBytes(request, limit)
  if (!isUtf8(bytes)) throw new RefusedError('bad_request', 'The body is not valid UTF-8.')
  try {
    return JSON.parse(new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes))
  } catch (cause) {
    throw new RefusedError('bad_request', `The body is not valid JSON: ${messageOf(cause)}`, { cause })
  }
}

async function readBytes(request: Request, limit: number): Promise<Uint8Array> {
  const declared = request.headers.get('content-length')
  if (declared !== null && Number(declared) > limit) throw tooLarge(limit)
  try {
    // A declared length is held to by the HTTP parser; only a body without one has to be counted as it comes.
    return declared === null ? await readCounted(request, limit) : new Uint8Array(await request.arrayBuffer())
  } catch (cause) {
    if (cause instanceof RefusedError) throw cause
    throw new RefusedError('bad_request', 'The body could not be read.', { cause })
  }
}

async function readCounted(request: Request, limit: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of request.body ?? []) {
    size += chunk.length
    if (size > limit) throw tooLarge(limit)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function tooLarge(limit: number): RefusedError {
  return new RefusedError('payload_too_large', `The body is over the limit of ${limit} bytes.`)
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}
