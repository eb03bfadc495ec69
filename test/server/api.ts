/** The app under test. Every answer is compared with the OpenAPI document of the app. */
import { z } from '@hono/zod-openapi'
import { expect } from 'vitest'
import type { OpsBatcherHandle } from '../../src/domain/handle.ts'
import { worldId } from '../../src/registry/worldId/worldId.ts'
import { type AppOptions, createApp } from '../../src/server/app.ts'
import { fakeGateway } from './fixtures.ts'

export const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

export const LIMITS: AppOptions['limits'] = {
  bodyBytes: 2 * 1024 * 1024,
  requestTimeoutMs: 10_000,
  perClient: null,
  perWindow: null,
}

export interface Document {
  readonly openapi: string
  readonly servers: readonly { readonly url: string }[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, DescribedOperation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, object>> }
}

interface DescribedOperation {
  readonly operationId?: string
  readonly security?: readonly object[]
  readonly parameters?: readonly { readonly schema: object; readonly example?: unknown }[]
  readonly requestBody?: { readonly content: Content }
  readonly responses: Readonly<
    Record<
      string,
      {
        readonly headers?: Readonly<Record<string, { readonly required?: boolean }>>
        readonly content: Content
      }
    >
  >
}

type Content = Readonly<Record<string, MediaType>>

export interface MediaType {
  readonly schema: object
  readonly example?: unknown
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>
}

interface Logged {
  readonly details: object
  readonly message: string
}

interface Access extends Logged {
  readonly level: 'info' | 'debug'
}

export interface TestApp {
  readonly logged: readonly Logged[]
  /** The lines of the access log. */
  readonly accesses: readonly Access[]
  readonly app: ReturnType<typeof createApp>
  get(path: string, init?: RequestInit): Promise<Response>
  /** Posts a body. An object is sent as JSON, a text or bytes are sent unchanged. */
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>
}

/** The log of the app that gives the document. */
const SILENT = { error() {}, info() {}, debug() {} }

/** All test apps have the same document. */
let document: Promise<Document> | undefined

export function testApp(gateway: Partial<OpsBatcherHandle> = {}, options: Partial<AppOptions> = {}): TestApp {
  const logged: Logged[] = []
  const accesses: Access[] = []
  const appOptions: AppOptions = {
    gateway: fakeGateway(gateway),
    registry: worldId,
    metrics: { contentType: 'text/plain; version=0.0.4; charset=utf-8', metrics: async () => 'up 1\n' },
    logger: {
      error: (details, message) => logged.push({ details, message }),
      info: (details, message) => accesses.push({ level: 'info', details, message }),
      debug: (details, message) => accesses.push({ level: 'debug', details, message }),
    },
    limits: LIMITS,
    access: { anyHost: false, viewToken: null },
    trustedProxies: 0,
    version: '1.2.3',
    now: () => 0,
    ...options,
  }
  const app = createApp(appOptions)
  const request = async (path: string, init: RequestInit) => {
    const response = await app.request(path, init)
    document ??= documentOf(createApp({ ...appOptions, logger: SILENT }))
    await expectDescribed(await document, init.method ?? 'GET', path, response.clone())
    return response
  }
  return {
    app,
    logged,
    accesses,
    get: (path, init = {}) => request(path, init),
    post: (path, body, headers = { 'Content-Type': 'application/json' }) => {
      const raw = typeof body === 'string' || body instanceof Uint8Array
      return request(path, { method: 'POST', headers, body: raw ? body : JSON.stringify(body) })
    },
  }
}

export async function documentOf(app: ReturnType<typeof createApp>): Promise<Document> {
  return (await (await app.request('/openapi.json')).json()) as Document
}

/** Fails if the document does not describe the status, the headers and the body of the answer. */
async function expectDescribed(document: Document, method: string, path: string, response: Response) {
  const operation = find(document, method, path)
  if (operation === undefined) return
  const where = `${method} ${path} ${response.status}`
  const described = operation.responses[response.status]
  if (described === undefined) return expect.unreachable(`${where} is not described`)

  const headers = Object.keys(described.headers ?? {})
  for (const name of ['X-Request-Id', 'Retry-After']) {
    expect(response.headers.has(name), `${name} of ${where}`).toBe(headers.includes(name))
  }
  const [mediaType = ''] = (response.headers.get('Content-Type') ?? '').split(';')
  const schema = described.content[mediaType]?.schema
  if (schema === undefined) return expect.unreachable(`${mediaType} of ${where} is not described`)
  if (mediaType !== 'application/json') return
  const body: unknown = await response.json()
  expect(
    validator(document, schema).safeParse(body).error,
    `${where} ${JSON.stringify(body)}`,
  ).toBeUndefined()
}

function find({ paths }: Document, method: string, path: string) {
  const [pathname = ''] = path.split('?')
  const template = Object.keys(paths).find((each) =>
    new RegExp(`^${each.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(pathname),
  )
  return template === undefined ? undefined : paths[template]?.[method.toLowerCase()]
}

const validators = new Map<string, z.ZodType>()

/** Converts a schema of the document to a validator. */
export function validator({ components }: Document, schema: object): z.ZodType {
  const key = JSON.stringify(schema)
  const known = validators.get(key)
  if (known !== undefined) return known
  const text = JSON.stringify({ ...schema, $defs: components.schemas })
  const made = z.fromJSONSchema(JSON.parse(text.replaceAll('#/components/schemas/', '#/$defs/')))
  validators.set(key, made)
  return made
}

/** Fails for any answer except the given error. */
export async function expectProblem(
  response: Response,
  status: number,
  code: string,
  message: string | RegExp,
) {
  expect(response.status).toBe(status)
  expect(response.headers.get('Content-Type')).toBe('application/json')
  const body = (await response.json()) as { readonly code: string; readonly message: string }
  expect(Object.keys(body)).toEqual(['code', 'message'])
  expect(body.code).toBe(code)
  if (typeof message === 'string') expect(body.message).toBe(message)
  else expect(body.message).toMatch(message)
}
