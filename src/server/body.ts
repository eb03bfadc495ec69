/**
 * Reads the JSON body of a request. The checks run in the order of the reference: content type (415), size (413), syntax
 * (400). The route checks the fields afterwards.
 */
import { isUtf8 } from 'node:buffer'
import { RefusedError } from '../domain/errors.ts'

/** `application/json` or `application/<anything>+json`, with or without parameters. */
const JSON_MEDIA_TYPE = /^\s*application\/(?:[\w!#$&^.+-]+\+)?json\s*(?:;|$)/i

/**
 * @param limit maximum size of the body, in bytes
 * @throws RefusedError `unsupported_media_type`, `payload_too_large` or `bad_request`
 */
export async function readJson(request: Request, limit: number): Promise<unknown> {
  if (!JSON_MEDIA_TYPE.test(request.headers.get('content-type') ?? '')) {
    throw new RefusedError('unsupported_media_type', 'The Content-Type of the body must be application/json.')
  }
  const bytes = await readBytes(request, limit)
  if (!isUtf8(bytes))
    throw new RefusedError('bad_request', 'The body is not valid UTF-8. Send JSON in UTF-8.')
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
    // The HTTP parser enforces a declared length. A body without Content-Length is counted during the transfer.
    return declared === null ? await readCounted(request, limit) : new Uint8Array(await request.arrayBuffer())
  } catch (cause) {
    if (cause instanceof RefusedError) throw cause
    throw new RefusedError('bad_request', 'The body could not be read. Send the request again.', { cause })
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
  return new RefusedError(
    'payload_too_large',
    `The body is larger than the limit of ${limit} bytes. Send a smaller body.`,
  )
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}
