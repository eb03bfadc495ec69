/** Reads the answers on a connection byte by byte (RFC 9112). An HTTP library would tolerate malformed answers. */

export interface RawAnswer {
  readonly status: number
  readonly headers: Headers
  readonly body: Buffer
}

const HEAD_END = '\r\n\r\n'

/**
 * @param bytes all received bytes of the connection
 * @param methods methods of the known requests, in order: an answer to HEAD has no body
 * @throws Error when the bytes are not a sequence of complete answers
 */
export function readAnswers(bytes: Buffer, methods: readonly string[]): readonly RawAnswer[] {
  const answers: RawAnswer[] = []
  let rest = bytes
  while (rest.length > 0) {
    const { answer, length } = readAnswer(rest, methods[answers.length] === 'HEAD')
    // An interim response (1xx) is not an answer.
    if (answer.status >= 200) answers.push(answer)
    rest = rest.subarray(length)
  }
  return answers
}

function readAnswer(bytes: Buffer, isHead: boolean): { readonly answer: RawAnswer; readonly length: number } {
  const end = bytes.indexOf(HEAD_END)
  if (end < 0)
    throw new Error(`no end of the head: ${JSON.stringify(bytes.toString('latin1').slice(0, 200))}`)
  const [first = '', ...lines] = bytes.toString('latin1', 0, end).split('\r\n')
  const status = Number(/^HTTP\/1\.1 (\d{3}) [ -~]*$/.exec(first)?.[1] ?? Number.NaN)
  if (Number.isNaN(status)) throw new Error(`no status line: ${JSON.stringify(first)}`)
  const headers = new Headers(
    lines.map((line): [string, string] => {
      const [, name, value] = /^([\w!#$%&'*+.^`|~-]+):\s*(.*?)\s*$/.exec(line) ?? []
      if (name === undefined || value === undefined) throw new Error(`no header: ${JSON.stringify(line)}`)
      return [name, value]
    }),
  )
  const start = end + HEAD_END.length
  const hasBody = !isHead && status >= 200 && status !== 204 && status !== 304
  const { body, length } = hasBody
    ? readBody(bytes.subarray(start), headers)
    : { body: Buffer.alloc(0), length: 0 }
  return { answer: { status, headers, body }, length: start + length }
}

function readBody(bytes: Buffer, headers: Headers): { readonly body: Buffer; readonly length: number } {
  if (headers.get('Transfer-Encoding') === 'chunked') return readChunks(bytes)
  const declared = headers.get('Content-Length')
  // Without a length, the body ends with the connection.
  const length = declared === null ? bytes.length : Number(declared)
  if (bytes.length < length) throw new Error(`the body ends after ${bytes.length} of ${length} bytes`)
  return { body: bytes.subarray(0, length), length }
}

function readChunks(bytes: Buffer): { readonly body: Buffer; readonly length: number } {
  const chunks: Buffer[] = []
  let at = 0
  for (;;) {
    const lineEnd = bytes.indexOf('\r\n', at)
    const size = lineEnd < 0 ? Number.NaN : Number.parseInt(bytes.toString('latin1', at, lineEnd), 16)
    if (Number.isNaN(size)) throw new Error('a chunk has no size')
    const start = lineEnd + 2
    if (bytes.length < start + size + 2) throw new Error('a chunk does not end')
    chunks.push(bytes.subarray(start, start + size))
    at = start + size + 2
    if (size === 0) return { body: Buffer.concat(chunks), length: at }
  }
}
