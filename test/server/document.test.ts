import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { ERROR_CODES } from '../../src/domain/errors.ts'
import { type Document, documentOf, testApp, validator } from './api.ts'
import { BODIES, SUBMISSION_PATHS } from './fixtures.ts'

const document: Document = await documentOf(testApp().app)
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({
    name: `${method.toUpperCase()} ${path}`,
    ...operation,
  })),
)
const page = readFileSync(new URL('../../docs/http-api.md', import.meta.url), 'utf8')

/** The cells of the table with the given headings. */
function tableOf(...headings: readonly string[]): string[][] {
  const lines = page.split('\n')
  const start = lines.indexOf(`| ${headings.join(' | ')} |`)
  expect(start, `a table of ${headings.join(', ')}`).toBeGreaterThan(-1)
  const end = lines.findIndex((line, index) => index > start && !line.startsWith('|'))
  return lines.slice(start + 2, end).map((line) => line.slice(2, -2).split(' | '))
}

describe('the OpenAPI document', () => {
  it('has version 3.1 and lists every route of the app', () => {
    expect(document.openapi).toBe('3.1.0')
    const routes = testApp().app.routes.map(
      ({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`,
    )
    expect(operations.map(({ name }) => name)).toEqual(routes)
  })

  it('defines every referenced schema', () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)]
    expect(references.length).toBeGreaterThan(0)
    for (const [, name = ''] of references) expect(document.components.schemas).toHaveProperty(name)
  })

  it('has no named schema that accepts null', () => {
    for (const name of Object.keys(document.components.schemas)) {
      const schema = validator(document, { $ref: `#/components/schemas/${name}` })
      expect(schema.safeParse(null).success, name).toBe(false)
    }
  })

  it.each(SUBMISSION_PATHS)('describes the body of POST %s', (path) => {
    const { post } = document.paths[path] ?? {}
    const schema = post?.requestBody?.content['application/json']?.schema ?? {}
    const body = validator(document, schema)
    expect(body.safeParse(BODIES[path]).error).toBeUndefined()
    for (const field of Object.keys(BODIES[path])) {
      expect(body.safeParse({ ...BODIES[path], [field]: 1 }).success, field).toBe(false)
    }
  })

  describe.each(operations)('the description of $name', ({ name, responses }) => {
    it('contains success, defects and timeouts', () => {
      expect(Object.keys(responses)).toEqual(expect.arrayContaining(['200', '500', '504']))
    })

    it('contains the errors of a body if the route reads a body', () => {
      const ofBody = ['413', '415', '422'].filter((status) => status in responses)
      expect(ofBody).toEqual(name.startsWith('POST') ? ['413', '415', '422'] : [])
    })

    it('contains a request id in every answer except a timeout', () => {
      for (const [status, { headers }] of Object.entries(responses)) {
        expect(headers?.['X-Request-Id']?.required ?? false, status).toBe(status !== '504')
      }
    })

    it('contains a body for every answer', () => {
      for (const [status, { content }] of Object.entries(responses)) {
        expect(
          Object.values(content).every(({ schema }) => schema !== undefined),
          status,
        ).toBe(true)
      }
    })
  })
})

describe('docs/http-api.md', () => {
  it('lists exactly the error codes of the code', () => {
    const rows = tableOf('code', 'status', 'retry', 'meaning')
    expect(rows).toEqual(
      Object.entries(ERROR_CODES).map(([code, { http, retryable, meaning }]) => [
        `\`${code}\``,
        String(http),
        retryable ? 'yes' : 'no',
        meaning,
      ]),
    )
  })

  it('lists exactly the routes of the app', () => {
    const rows = tableOf('method', 'path', 'answer').map(
      ([method, path]) => `${method} ${path?.replaceAll('`', '')}`,
    )
    expect(rows.sort()).toEqual(operations.map(({ name }) => name).sort())
  })
})
