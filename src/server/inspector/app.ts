/**
 * The routes of the live view. The routes are separate from the API, because they stream, require the operator token and send
 * strict browser headers. All routes are read-only. `inspector/src/wire.ts` describes their answers.
 */
import { type Context, Hono } from 'hono'
import type { Access } from '../../domain/access.ts'
import type { Logger } from '../handler.ts'
import { readPageFile } from '../pageFiles.ts'
import { pageHeaders } from '../pageHeaders.ts'
import { sessionCookie } from '../token.ts'
import { decideAccess } from './access.ts'

/** Data of the live view. The inspection of a gateway implements it. */
export interface InspectorSource {
  /** Opens a stream of server-sent events. Null if the maximum number of viewers is reached. */
  open(lastEventId: string | null): ReadableStream<Uint8Array> | null
  readonly charts: {
    readonly list: object
    /** The statechart as SVG. Null if no machine has this name. */
    svg(machine: string): Promise<string | null>
  }
}

export interface InspectorAppOptions {
  readonly source: InspectorSource
  readonly access: Access
  readonly logger: Logger
}

const HEADERS = pageHeaders('none')

const UNBUILT = 'The page is not built. Run: npm run build -w inspector'
const NO_TOKEN =
  'The operator token is missing or wrong. Open /inspector?token=... once, or send it as a bearer token.'
const WRONG_HOST =
  'Without an operator token, the live view is available only under localhost. Set OPERATOR_TOKEN to use another host name.'
const TOO_MANY_VIEWERS =
  'The live view has the maximum number of viewers. Close a viewer, or try again later.'

export function createInspectorApp({ source, access, logger }: InspectorAppOptions): Hono {
  const app = new Hono()
  app.use(async (context, next) => {
    for (const [name, value] of Object.entries(HEADERS)) context.header(name, value)
    const given = context.req.query('token')
    if (given !== undefined && context.req.path === '/inspector') return startSession(context, access, given)
    const decision = decideAccess(access, context.req.raw)
    if (decision === 'noToken') return context.text(NO_TOKEN, 401, { 'WWW-Authenticate': 'Bearer' })
    if (decision === 'wrongHost') return context.text(WRONG_HOST, 403)
    const { method } = context.req
    if (method !== 'GET' && method !== 'HEAD') {
      return context.text('The live view is read-only. Use GET.', 405, { Allow: 'GET, HEAD' })
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
    logger.error({ err, route: context.req.path }, 'live view request failed')
    return context.text('Internal server error.', 500)
  })
  return app
}

/** Redirects to an address without the token, because browser histories and logs keep addresses. */
function startSession(context: Context, { token }: Access, given: string): Response {
  const cookie = token === null ? null : sessionCookie(token, given)
  if (cookie === null && token !== null) return context.text(NO_TOKEN, 401)
  if (cookie !== null) context.header('Set-Cookie', cookie)
  return context.redirect('/inspector', 303)
}

function stream(context: Context, source: InspectorSource): Response {
  const headers = { 'Content-Type': 'text/event-stream' }
  if (context.req.method === 'HEAD') return context.body(null, 200, headers)
  const chunks = source.open(context.req.header('Last-Event-ID') ?? null)
  return chunks === null
    ? context.text(TOO_MANY_VIEWERS, 503, { 'Retry-After': '10' })
    : context.body(chunks, 200, headers)
}

async function answerFile(context: Context, name: string | null): Promise<Response> {
  const file = await readPageFile('inspector', name)
  if (file !== null) return context.body(file.body, 200, { 'Content-Type': file.contentType })
  return context.text(name === null ? UNBUILT : 'Not found.', 404)
}
