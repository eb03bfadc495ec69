/** Bytes that a well-behaved client never sends: broken framing, pipelines, partial requests. */
import fc from 'fast-check'
import { freshCreation } from './bodies.ts'
import type { Submission } from './exchange.ts'

type Bytes = Extract<Submission, { kind: 'bytes' }>

const LINE = '\r\n'
const GET = `GET /health HTTP/1.1${LINE}Host: localhost${LINE}`
const POST = `POST /create-account HTTP/1.1${LINE}Host: localhost${LINE}Content-Type: application/json${LINE}`

interface Whole {
  readonly method: string
  readonly target: string
  readonly head: string
  readonly body: string
}

const wholeRequest: fc.Arbitrary<Whole> = fc.oneof(
  fc
    .tuple(
      fc.constantFrom('GET', 'HEAD', 'OPTIONS', 'DELETE'),
      fc.constantFrom('/health', '/chain', '/no', '/batches'),
    )
    .map(([method, target]) => ({
      method,
      target,
      head: `${method} ${target} HTTP/1.1${LINE}Host: localhost${LINE}`,
      body: '',
    })),
  fc.tuple(freshCreation, fc.boolean()).map(([body, isChunked]) => ({
    method: 'POST',
    target: '/create-account',
    head: `${POST}${isChunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${body.length}`}${LINE}`,
    body: isChunked ? `${body.length.toString(16)}${LINE}${body}${LINE}0${LINE}${LINE}` : body,
  })),
)

/** Complete requests on a connection. The last request closes the connection. */
const pipeline: fc.Arbitrary<readonly Whole[]> = fc
  .array(wholeRequest, { minLength: 1, maxLength: 6 })
  .map((requests) =>
    requests.map((request, index) =>
      index < requests.length - 1 ? request : { ...request, head: `${request.head}Connection: close${LINE}` },
    ),
  )

function textOf(requests: readonly Whole[]): string {
  return requests.map(({ head, body }) => `${head}${LINE}${body}`).join('')
}

/** The service must answer every request in order. */
const answered: fc.Arbitrary<Bytes> = pipeline.map((requests) => ({
  kind: 'bytes',
  text: textOf(requests),
  requests: requests.map(({ method, target }) => ({ method, target })),
  pieces: 1,
  ending: 'wait',
}))

/** Without HEAD requests. If some requests have no answer, the answer to a HEAD could not be recognised. */
const pipelineText = pipeline.map((requests) => textOf(requests.filter(({ method }) => method !== 'HEAD')))

const length = fc.oneof(
  fc.integer({ min: -3, max: 60 }).map(String),
  fc.constantFrom(
    '',
    'x',
    '1e3',
    '+5',
    '0x5',
    '5, 5',
    '5 5',
    '99999999999999999999',
    '18446744073709551616',
    '٣',
  ),
)

const broken: fc.Arbitrary<string> = fc.oneof(
  length.map((text) => `${POST}Content-Length: ${text}${LINE}${LINE}{}`),
  fc
    .tuple(length, length)
    .map(([a, b]) => `${POST}Content-Length: ${a}${LINE}Content-Length: ${b}${LINE}${LINE}{}`),
  length.map(
    (text) => `${POST}Content-Length: ${text}${LINE}Transfer-Encoding: chunked${LINE}${LINE}0${LINE}${LINE}`,
  ),
  fc
    .constantFrom('zz', '-1', '2', 'ffffffffffffffffff', '2;x=y', ' 2')
    .map((size) => `${POST}Transfer-Encoding: chunked${LINE}${LINE}${size}${LINE}{}${LINE}0${LINE}${LINE}`),
  fc
    .constantFrom('gzip', 'chunked, gzip', 'gzip, chunked', 'xchunked', '')
    .map((coding) => `${POST}Transfer-Encoding: ${coding}${LINE}${LINE}`),
  fc.integer({ min: 15_000, max: 100_000 }).map((size) => `${GET}X: ${'x'.repeat(size)}${LINE}${LINE}`),
  fc.integer({ min: 90, max: 4_000 }).map((many) => `${GET}${`X: y${LINE}`.repeat(many)}${LINE}`),
  fc
    .integer({ min: 1_000, max: 100_000 })
    .map((size) => `GET /${'a'.repeat(size)} HTTP/1.1${LINE}Host: localhost${LINE}${LINE}`),
  fc
    .constantFrom(
      'a b',
      '[',
      'a/b',
      'a@b',
      'a:99999',
      '\u00ff',
      '',
      'localhost:0',
      '[::1]',
      `a${LINE}Host: b`,
    )
    .map((host) => `GET /health HTTP/1.1${LINE}Host: ${host}${LINE}${LINE}`),
  fc
    .constantFrom(
      '*',
      'health',
      'http://other/health',
      '//other/health',
      'http://[',
      '/\u0000',
      '/a b',
      '',
      '#',
      '?',
    )
    .chain((target) =>
      fc
        .constantFrom('GET', 'OPTIONS', 'CONNECT', 'get', 'G T', 'PRI', 'TRACE')
        .map((method) => `${method} ${target} HTTP/1.1${LINE}Host: localhost${LINE}${LINE}`),
    ),
  fc
    .constantFrom('HTTP/1.0', 'HTTP/0.9', 'HTTP/2.0', 'HTTP/9.9', 'HTTP/1.1 x', 'FTP/1.1', '')
    .map((version) => `GET /health ${version}${LINE}${LINE}`),
  fc
    .constantFrom(
      ...[
        'Upgrade: websocket\r\nConnection: Upgrade',
        'Expect: 100-continue',
        'Expect: x',
        'Connection: close',
        'X : y',
      ],
      ...[
        'Connection: x, keep-alive',
        ' folded: x',
        'No colon',
        'X: a\u0000b',
        ': empty',
        'X: \r y',
        'Trailer: X',
      ],
    )
    .map((header) => `${GET}${header}${LINE}${LINE}`),
  fc.constantFrom(
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    '\u0016\u0003\u0001\u0002\u0000\u0001',
    'GET /health\n\n',
    `${LINE}${LINE}${GET}${LINE}`,
  ),
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
)

/** Number of bytes sent, number of writes, and the end of the connection. */
const manner = fc.record({
  cut: fc.option(fc.nat(200), { freq: 4 }),
  pieces: fc.integer({ min: 1, max: 4 }),
  ending: fc.constantFrom('halfClose' as const, 'halfClose' as const, 'reset' as const),
})

export const malformed: fc.Arbitrary<Bytes> = fc.oneof(
  { weight: 2, arbitrary: answered },
  {
    weight: 5,
    arbitrary: fc.tuple(fc.oneof(broken, pipelineText), manner).map(
      ([text, { cut, pieces, ending }]): Bytes => ({
        kind: 'bytes',
        text: cut === null ? text : text.slice(0, cut),
        requests: null,
        pieces,
        ending,
      }),
    ),
  },
)
