/** Well-formed HTTP requests, valid or not for the API. */
import fc from 'fast-check'
import { freshCreation, nearlyValid, submissionPath } from './bodies.ts'
import type { Submission } from './exchange.ts'

type Request = Extract<Submission, { kind: 'request' }>

/** In a target, `{operation:3}` and `{batch:3}` are placeholders for ids of stored operations and batches. */
const knownId = fc
  .tuple(fc.constantFrom('operation', 'batch'), fc.nat(19))
  .map(([kind, number]) => `{${kind}:${number}}`)

const segment = fc.oneof(
  fc.webSegment({ size: 'small' }),
  fc.uuid(),
  fc.stringMatching(/^[!-~]{0,12}$/).map((text) => text.replaceAll(/[?#]/g, '_')),
  fc.constantFrom(
    'status',
    'batches',
    'operations',
    'inspector',
    '%',
    '%ff',
    '%2F',
    '..',
    '.',
    '',
    '%00',
    '%F0%9F%98%80',
  ),
)
const anyPath = fc.array(segment, { maxLength: 4 }).map((segments) => `/${segments.join('/')}`)

const knownPath = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom(
      '/health',
      '/chain',
      '/wallet',
      '/metrics',
      '/batches',
      '/openapi.json',
      '/is-valid-root',
    ),
  },
  {
    weight: 9,
    arbitrary: fc
      .tuple(
        fc.constantFrom('/status', '/operations', '/batches'),
        fc.oneof(
          knownId,
          segment,
          fc.uuid(),
          knownId.map((id) => `gw_${id}`),
          knownId.map((id) => id.toUpperCase()),
        ),
      )
      .map(([route, id]) => `${route}/${id}`),
  },
  { weight: 1, arbitrary: submissionPath },
)

const inspectorPath = fc
  .oneof(
    fc.constantFrom(
      '',
      '/',
      '/stream',
      '/charts',
      '/charts/gateway.svg',
      '/charts/pendingBatch.svg',
      '/charts/no.svg',
    ),
    fc.constantFrom(
      '/assets/index.js',
      '/assets/..%2f..%2fpackage.json',
      '/assets/%00',
      '?token=x',
      '/stream?x=1',
    ),
    anyPath,
  )
  .map((rest) => `/inspector${rest}`)

const query = fc.oneof(
  { weight: 4, arbitrary: fc.constant('') },
  { weight: 1, arbitrary: fc.webQueryParameters({ size: 'small' }).map((text) => `?${text}`) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(
        fc.oneof(
          fc.integer({ min: -5, max: 200 }).map(String),
          fc.constantFrom('', '%D9%A3', '1e1', '0x5', '%', '1&limit=2'),
        ),
        fc.option(fc.oneof(knownId, fc.uuid(), fc.constantFrom('', '%00', 'gw_'))),
      )
      .map(([limit, before]) => `?limit=${limit}${before === null ? '' : `&before=${before}`}`),
  },
)

const method = fc.constantFrom(
  ...[
    'GET',
    'HEAD',
    'POST',
    'PUT',
    'PATCH',
    'DELETE',
    'OPTIONS',
    'TRACE',
    'PROPFIND',
    'PURGE',
    'SEARCH',
    'M-SEARCH',
  ],
)

/** Headers of the message framing. `malformed.ts` generates them. */
const FRAMING = /^(connection|content-length|expect|host|keep-alive|te|trailer|transfer-encoding|upgrade)$/i

const headerName = fc
  .oneof(
    fc.stringMatching(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,20}$/),
    fc.constantFrom(
      ...[
        'Accept',
        'Accept-Encoding',
        'Authorization',
        'Content-Encoding',
        'Cookie',
        'Forwarded',
        'If-None-Match',
      ],
      ...[
        'If-Modified-Since',
        'Last-Event-ID',
        'Origin',
        'Range',
        'X-Forwarded-For',
        'X-HTTP-Method-Override',
      ],
      ...['X-Request-Id', '__proto__', 'constructor'],
    ),
  )
  .filter((name) => !FRAMING.test(name))
const headerValue = fc.oneof(
  fc.stringMatching(/^[\x20-\x7e]{0,60}$/),
  fc.stringMatching(/^[\x80-\xff]{0,20}$/),
  fc.constantFrom('gzip', 'Bearer ', 'bytes=0-', '*', 'x'.repeat(4_000)),
)
const headers = fc.array(fc.tuple(headerName, headerValue), { maxLength: 4 })

const jsonType = fc.constant('application/json')
const contentType = fc.oneof(
  { weight: 8, arbitrary: jsonType },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      ...[
        'application/json;charset=utf-7',
        'application/vnd.x+json',
        'text/plain',
        'multipart/form-data',
        '',
        ';',
        'a/b',
      ],
    ),
  },
)

/** More bytes than the body limit of the service under test. */
const TOO_LARGE = 70_000

const body = (path: Parameters<typeof nearlyValid>[0]): fc.Arbitrary<Buffer> =>
  fc.oneof(
    { weight: 8, arbitrary: nearlyValid(path).map(Buffer.from) },
    { weight: 4, arbitrary: freshCreation.map(Buffer.from) },
    { weight: 2, arbitrary: fc.json({ maxDepth: 6 }).map(Buffer.from) },
    { weight: 2, arbitrary: fc.uint8Array({ maxLength: 200 }).map(Buffer.from) },
    {
      weight: 2,
      arbitrary: fc.tuple(freshCreation, fc.nat(100)).map(([text, end]) => Buffer.from(text.slice(0, end))),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom('', '\ufeff{}', 'null', '[]', '"x"', '{"a":'.repeat(9_000)).map(Buffer.from),
    },
    { weight: 1, arbitrary: fc.nat(10).map((extra) => Buffer.alloc(TOO_LARGE + extra, ' ')) },
  )

const submission: fc.Arbitrary<Request> = submissionPath.chain((target) =>
  fc.record({
    kind: fc.constant('request' as const),
    method: fc.constant('POST'),
    target: fc.constant(target),
    headers: fc
      .tuple(headers, contentType)
      .map(([others, type]) => [...others, ['Content-Type', type] as [string, string]]),
    body: body(target),
    isChunked: fc.boolean(),
  }),
)

/** A signed operation: path and body replace the placeholder. In any order, also repeatedly. */
const change: fc.Arbitrary<Request> = fc.record({
  kind: fc.constant('request' as const),
  method: fc.constant('POST'),
  target: fc.tuple(fc.nat(99), fc.nat(5)).map(([account, step]) => `{change:${account}:${step}}`),
  headers: headers.map((others) => [...others, ['Content-Type', 'application/json'] as [string, string]]),
  body: fc.constant(null),
  isChunked: fc.boolean(),
})

/** A request for a target, sometimes with a body. The service ignores the body. */
function asked(path: fc.Arbitrary<string>, by: fc.Arbitrary<string>): fc.Arbitrary<Request> {
  return fc.record({
    kind: fc.constant('request' as const),
    method: by,
    target: fc.tuple(path, query).map(([before, after]) => (before.includes('?') ? before : before + after)),
    headers,
    body: fc.option(fc.uint8Array({ maxLength: 50 }).map(Buffer.from), { freq: 5 }),
    isChunked: fc.boolean(),
  })
}

export const request: fc.Arbitrary<Request> = fc.oneof(
  { weight: 30, arbitrary: submission },
  { weight: 5, arbitrary: change },
  { weight: 30, arbitrary: asked(knownPath, fc.constantFrom('GET', 'GET', 'GET', 'HEAD')) },
  { weight: 10, arbitrary: asked(fc.oneof(knownPath, submissionPath), method) },
  { weight: 15, arbitrary: asked(anyPath, method) },
  { weight: 10, arbitrary: asked(inspectorPath, fc.oneof(fc.constantFrom('GET', 'GET', 'HEAD'), method)) },
)
