/** A request that a reader can change and send. */
import type { Endpoint } from './api.ts'

export interface Draft {
  /** Values by name of the parameter. An empty text is not sent. */
  readonly parameters: Readonly<Record<string, string>>
  /** JSON text; null for a request without a body. */
  readonly body: string | null
}

export interface Answer {
  readonly status: number
  /** In milliseconds. */
  readonly duration: number
  readonly text: string
}

const JSON_TYPE = 'application/json'

/** The example of the document. Only parameters that must be given have a value. */
export function exampleDraft({ parameters = [], requestBody }: Endpoint): Draft {
  const content = requestBody?.content[JSON_TYPE]
  return {
    parameters: Object.fromEntries(
      parameters.map(({ name, required, example }) => [name, required === true ? String(example ?? '') : '']),
    ),
    body: content === undefined ? null : JSON.stringify(content.example ?? {}, null, 2),
  }
}

/** The path with its parameters, relative to the page: the API may be mounted below another path. */
function pathOf({ path, parameters = [] }: Endpoint, draft: Draft): string {
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(draft.parameters[name] ?? ''),
  )
  const query = new URLSearchParams(
    parameters.flatMap(({ name, in: place }) => {
      const value = draft.parameters[name] ?? ''
      return place === 'query' && value !== '' ? [[name, value]] : []
    }),
  ).toString()
  return query === '' ? filled : `${filled}?${query}`
}

function headersOf({ parameters = [] }: Endpoint, draft: Draft, token: string): Record<string, string> {
  const given = parameters.flatMap(({ name, in: place }) => {
    const value = draft.parameters[name] ?? ''
    return place === 'header' && value !== '' ? [[name, value]] : []
  })
  return {
    ...Object.fromEntries(given),
    ...(draft.body !== null && { 'Content-Type': JSON_TYPE }),
    ...(token !== '' && { Authorization: `Bearer ${token}` }),
  }
}

/** The address of the API: the folder of the page. */
const ROOT = new URL('..', document.baseURI).href.replace(/\/$/, '')

/** The request as a command. The token stays out: a command is often shared. */
export function curlOf(endpoint: Endpoint, draft: Draft): string {
  const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`
  const headers = Object.entries(headersOf(endpoint, draft, '')).map(
    ([name, value]) => ` -H ${quoted(`${name}: ${value}`)}`,
  )
  const body = draft.body === null ? '' : ` \\\n  -d ${quoted(draft.body)}`
  return `curl -s ${quoted(ROOT + pathOf(endpoint, draft))}${headers.join('')}${body}`
}

/** @returns also for an error of the API; status 0 if no answer came */
export async function send(endpoint: Endpoint, draft: Draft, token: string): Promise<Answer> {
  const start = performance.now()
  try {
    const response = await fetch(ROOT + pathOf(endpoint, draft), {
      method: endpoint.method,
      headers: headersOf(endpoint, draft, token),
      body: draft.body,
    })
    const text = await response.text()
    return { status: response.status, duration: performance.now() - start, text: pretty(text) }
  } catch (error) {
    return { status: 0, duration: performance.now() - start, text: String(error) }
  }
}

/** The document that the page shows. */
export async function readDocument(): Promise<unknown> {
  const response = await fetch(`${ROOT}/openapi.json`)
  if (!response.ok) throw new Error(`GET /openapi.json answers ${response.status}`)
  return response.json()
}

function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text
  }
}

/** The id in the answer to an operation, for the next request. */
export function requestIdIn({ text }: Answer): string | null {
  return /"request_id": "([\w-]+)"/.exec(text)?.[1] ?? null
}
