/**
 * The page of the API at `/docs`, and the entrance for browsers at `/`. Both are static: the page reads `/openapi.json`. All their
 * addresses are relative, because the API may be mounted below another path.
 */
import { type Context, Hono, type HonoRequest } from 'hono'
import { type ApiAccess, isLoopback } from '../domain/access.ts'
import { readPageFile } from './pageFiles.ts'
import { pageHeaders } from './pageHeaders.ts'

export interface DocsOptions {
  readonly access: Pick<ApiAccess, 'anyHost'>
  /** Whether the live view is on. */
  readonly hasInspector: boolean
}

const UNBUILT = 'The page is not built. Run: npm run build -w inspector'
const WRONG_HOST = 'This server answers only requests to localhost.'

export function createDocsApp({ access, hasInspector }: DocsOptions): Hono {
  const app = new Hono()
  app.use(async (context, next) => {
    for (const [name, value] of Object.entries(pageHeaders('self'))) context.header(name, value)
    if (access.anyHost || isLoopback(new URL(context.req.url).hostname)) return next()
    return context.text(WRONG_HOST, 403)
  })
  app.get('/', (context) => context.html(entrance(hasInspector)))
  app.get('/docs', (context) => answerFile(context, null))
  app.get('/docs/assets/:file', (context) => answerFile(context, context.req.param('file')))
  return app
}

/** Whether a browser asks for `/`. Other clients get the answer of the reference API: no route has this path. */
export function isEntrance(request: HonoRequest): boolean {
  const { method, path } = request
  return method === 'GET' && path === '/' && (request.header('Accept')?.includes('text/html') ?? false)
}

const PLACES: readonly (readonly [path: string, meaning: string])[] = [
  ['docs', 'the API, with requests to send'],
  ['openapi.json', 'the OpenAPI document of the API'],
  ['health', 'whether the gateway can accept and send operations'],
  ['metrics', 'metrics for Prometheus'],
]
const LIVE_VIEW = ['inspector', 'the live view: every actor and batch as a statechart'] as const

function entrance(hasInspector: boolean): string {
  const places = hasInspector ? [LIVE_VIEW, ...PLACES] : PLACES
  const items = places.map(([path, meaning]) => `<li><a href="${path}">/${path}</a>: ${meaning}</li>`)
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>opsbatcher</title><link rel="icon" href="data:,"><link rel="stylesheet" href="docs/assets/docs.css"></head>
<body><main><h1>opsbatcher</h1><p>A gateway that accepts signed operations and sends them on chain in batches.</p>
<ul>${items.join('')}</ul></main></body>
</html>`
}

async function answerFile(context: Context, name: string | null): Promise<Response> {
  const file = await readPageFile('docs', name)
  if (file !== null) return context.body(file.body, 200, { 'Content-Type': file.contentType })
  return context.text(name === null ? UNBUILT : 'Not found.', 404)
}
