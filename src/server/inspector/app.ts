/**
 * The live view's routes, apart from the API: they stream, want the operator's token, and are locked down for browsers.
 * All of them only read. `inspector/src/wire.ts` says what they answer.
 */
import { type Context, Hono } from 'hono'
import type { Access } from '../../domain/access.ts'
import type { Logger } from '../handler.ts'
import { admission, judge } from './access.ts'
import { readPageFile } from './page.ts'

/** What is shown; the inspection of a gateway is one. */
export interface InspectorSource {
  /** Server-sent events; null when there are too many viewers. */
  open(lastEventId: string | null): ReadableStream<Uint8Array> | null
  readonly charts: {
    readonly list: object
    /** Null for a machine that there is not. */
    svg(machine: string): Promise<string | null>
  }
}

export interface InspectorAppOptions {
  readonly source: InspectorSource
  readonly access: Access
  readonly logger: Logger
}

const HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Cache-Control': 'no-store',
}

const UNBUILT = 'The page is not built. Run: npm run build -w inspector'
const NO_TOKEN = 'This wants the operator token: as a bearer token, or once as /inspector?token=...'
const WRONG_HOST = 'Without an operator token this is only answered under a name of this machine.'

export function createInspectorApp({ source, access, logger }: InspectorAppOptions): Hono {
  const app = new Hono()
  app.use(async (context, next) => {
    for (const [name, value] of Object.entries(HEADERS)) context.header(name, value)
    const shown = context.req.query('token')
    if (shown !== undefined && context.req.path === '/inspector') return letIn(context, access, shown)
    const verdict = judge(access, context.req.raw)
    if (verdict === 'noToken') return context.text(NO_TOKEN, 401, { 'WWW-Authenticate': 'Bearer' })
    if (verdict === 'wrongHost') return context.text(WRONG_HOST, 403)
    const { method } = context.req
    if (method !== 'GET' && method !== 'HEAD') {
      return context.text('This can only be read.', 405, { Allow: 'GET, HEAD' })
    }
    return next()
  })
  app.get('/inspector', (context) => answerFile(context, null))
  app.get('/inspector/assets/:file', (context) => answerFile(context, context.req.param('file')))
  app.get('/inspector/stream', (context) => stream(context, source))
  app.get('/inspector/charts', (context) => context.json(source.charts.list))
  app.get('/inspector/charts/:file', async (context) => {
    const [, machine] = /^(\w+)\.svg$/.exec(context.req.param('file')) ?? []
    const svg = machine === undefined ? null : await source.charts.svg(machine)
    return svg === null
      ? context.text('Not found.', 404)
      : context.body(svg, 200, { 'Content-Type': 'image/svg+xml' })
  })
  app.notFound((context) => context.text('Not found.', 404))
  app.onError((err, context) => {
    logger.error({ err, route: context.req.path }, 'the inspector failed')
    return context.text('Internal server error.', 500)
  })
  return app
}

/** The token does not stay in the address, where histories and logs would keep it. */
function letIn(context: Context, access: Access, shown: string): Response {
  const cookie = admission(access, shown)
  if (cookie === null && access.token !== null) return context.text(NO_TOKEN, 401)
  if (cookie !== null) context.header('Set-Cookie', cookie)
  return context.redirect('/inspector', 303)
}

function stream(context: Context, source: InspectorSource): Response {
  const headers = { 'Content-Type': 'text/event-stream' }
  if (context.req.method === 'HEAD') return context.body(null, 200, headers)
  const chunks = source.open(context.req.header('Last-Event-ID') ?? null)
  return chunks === null
    ? context.text('There are too many viewers already.', 503, { 'Retry-After': '10' })
    : context.body(chunks, 200, headers)
}

async function answerFile(context: Context, name: string | null): Promise<Response> {
  const file = await readPageFile(name)
  if (file !== null) return context.body(file.body, 200, { 'Content-Type': file.contentType })
  return context.text(name === null ? UNBUILT : 'Not found.', 404)
}
