/** The published OpenAPI document, and the check of an answer against the document. */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import type { Document } from '../server/api.ts'
import type { Answer } from './exchange.ts'

/** Statuses for an unavailable gateway, chain or database. Not defects. */
const OUTAGES: ReadonlySet<number> = new Set([503, 504])

/** The characters of a valid target (RFC 3986). For any other target the service may answer 400. */
const URI = /^[\w\-.~!$&'()*+,;=:@/?%]*$/

type Operation = Document['paths'][string][string]

export class Contract {
  readonly #ajv = new Ajv2020({ strict: false })
  readonly #templates: readonly { readonly template: string; readonly pattern: RegExp }[]
  readonly #document: Document

  constructor(document: Document) {
    this.#document = document
    addFormats.default(this.#ajv)
    this.#ajv.addSchema(document, 'openapi')
    this.#templates = Object.keys(document.paths).map((template) => ({
      template,
      pattern: new RegExp(`^${template.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`),
    }))
  }

  /** The route template of a request in the document; `other` for an undocumented route. */
  routeOf(target: string): string {
    if (isInspector(target)) return '/inspector'
    return this.#templateOf(target) ?? 'other'
  }

  /** The defect of an answer; null for a correct answer. */
  complaint(method: string, target: string, answer: Answer): string | null {
    const { status } = answer
    if (status >= 500 && !OUTAGES.has(status)) return 'a defect'
    if (isInspector(target)) return null
    if (status === 400 && !URI.test(target)) return this.problemComplaint(answer, method === 'HEAD')
    const template = this.#templateOf(target)
    const operations = template === null ? undefined : this.#document.paths[template]
    const asked = (method === 'HEAD' ? 'GET' : method).toLowerCase()
    const operation = operations?.[asked]
    if (template !== null && operation !== undefined) {
      return this.#undescribed(answer, operation, pointer('paths', template, asked), method === 'HEAD')
    }
    if (status !== (operations === undefined ? 404 : 405))
      return 'a wrong status for a route that does not exist'
    if (status === 405 && !answer.headers.has('Allow')) return 'a 405 without the Allow header'
    return this.problemComplaint(answer, method === 'HEAD')
  }

  /** The defect of an error answer of the API; null for a correct answer. */
  problemComplaint({ headers, body }: Answer, isHead = false): string | null {
    if (headers.get('Content-Type') !== 'application/json') return 'an error that is not JSON'
    if (!headers.has('X-Request-Id')) return 'no request id'
    return isHead ? null : this.#invalid('openapi#/components/schemas/Problem', body)
  }

  #undescribed({ status, headers, body }: Answer, { responses }: Operation, at: string, isHead: boolean) {
    const response = responses[status]
    if (response === undefined) return 'a status that is not documented'
    for (const [name, { required }] of Object.entries(response.headers ?? {})) {
      const value = headers.get(name)
      if (value === null && required === true) return `no ${name}`
      const where = pointer('responses', `${status}`, 'headers', name, 'schema')
      const problem = value === null ? null : this.#invalidValue(`openapi#${at}${where}`, value)
      if (problem !== null) return `${name}: ${problem}`
    }
    const [mediaType = ''] = (headers.get('Content-Type') ?? '').split(';')
    if (response.content[mediaType] === undefined)
      return `a content type that is not documented: ${mediaType}`
    if (isHead) return body.length === 0 ? null : 'a body after HEAD'
    if (mediaType !== 'application/json') return null
    return this.#invalid(
      `openapi#${at}${pointer('responses', `${status}`, 'content', mediaType, 'schema')}`,
      body,
    )
  }

  #invalid(reference: string, body: Buffer): string | null {
    try {
      return this.#invalidValue(reference, JSON.parse(body.toString('utf8')))
    } catch {
      return 'a body that is not JSON'
    }
  }

  #invalidValue(reference: string, value: unknown): string | null {
    const validate: ValidateFunction | undefined = this.#ajv.getSchema(reference)
    if (validate === undefined) return `no schema at ${reference}`
    return validate(value) ? null : this.#ajv.errorsText(validate.errors)
  }

  #templateOf(target: string): string | null {
    const path = pathOf(target)
    return this.#templates.find(({ pattern }) => pattern.test(path))?.template ?? null
  }
}

function isInspector(target: string): boolean {
  return /^\/inspector(\/|$)/.test(pathOf(target))
}

/** The path as the server reads it: dot segments are resolved, and needless escapes are decoded. */
function pathOf(target: string): string {
  const { pathname } = new URL(`http://host${target}`)
  return pathname.replaceAll(/(%[0-9a-f]{2})+/gi, (escaped) => {
    try {
      return decodeURI(escaped)
    } catch {
      return escaped
    }
  })
}

function pointer(...keys: readonly string[]): string {
  return keys.map((key) => `/${encodeURIComponent(key.replaceAll('~', '~0').replaceAll('/', '~1'))}`).join('')
}
