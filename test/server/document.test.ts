import { readFileSync } from 'node:fs'
import { Validator } from '@seriousme/openapi-schema-validator'
import { describe, expect, it } from 'vitest'
import { ERROR_CODES } from '../../src/domain/errors.ts'
import type { OpsBatcherHandle } from '../../src/domain/handle.ts'
import type { Operation } from '../../src/domain/operation.ts'
import { worldIdV1 } from '../../src/registry/worldId/worldId.ts'
import { type Document, documentOf, type MediaType, testApp, validator } from './api.ts'
import { BATCH_ID, BODIES, fakeGateway, SUBMISSION_PATHS } from './fixtures.ts'

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
  it('has version 3.1 and lists every route of the app but its page', () => {
    expect(document.openapi).toBe('3.1.0')
    const routes = testApp()
      .app.routes.filter(({ path }) => !path.startsWith('/docs'))
      .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`)
    expect(operations.map(({ name }) => name)).toEqual(routes)
  })

  it('is a valid OpenAPI document', async () => {
    expect(await new Validator().validate(structuredClone({ ...document }))).toEqual({ valid: true })
    const broken = { ...document, paths: { '/status': { get: { responses: 'none' } } } }
    expect(await new Validator().validate(broken)).toMatchObject({ valid: false })
  })

  it('gives each operation its own id', () => {
    const ids = operations.map(({ operationId }) => operationId)
    expect(ids.every((id) => id !== undefined && /^[a-z][a-zA-Z]+$/.test(id))).toBe(true)
    expect(new Set(ids).size).toBe(operations.length)
  })

  it('names the server of the document', () => {
    expect(document.servers).toMatchObject([{ url: '/' }])
  })

  it.each([null, 'token of the operator'])(
    'requires the operator token where %s is required',
    async (viewToken) => {
      const access = { anyHost: true, viewToken }
      const { app, get } = testApp({}, { access })
      const { paths, components } = await documentOf(app)
      expect(components).toMatchObject({
        securitySchemes: { OperatorToken: { type: 'http', scheme: 'bearer' } },
      })
      for (const [path, { get: described }] of Object.entries(paths)) {
        if (described === undefined) continue
        const { status } = await get(path.replace('{id}', BATCH_ID))
        expect(described.security, path).toEqual(status === 401 ? [{ OperatorToken: [] }] : [])
      }
    },
  )

  it('has an example of each error code', () => {
    const told = operations.flatMap(({ responses }) =>
      Object.values(responses).flatMap(({ content }) =>
        Object.values(content).flatMap(({ examples = {} }) => Object.keys(examples)),
      ),
    )
    const { ErrorCode, StatusErrorCode } = document.components.schemas
    const codes = Object.keys(ERROR_CODES)
    expect(ErrorCode).toMatchObject({ enum: codes })
    // Without example: the codes of statuses, and that of a method without an operation.
    const silent = codes.filter((code) => !told.includes(code))
    expect(silent).toEqual(['transaction_reverted', 'confirmation_error', 'method_not_allowed'])
    expect(StatusErrorCode).toMatchObject({ enum: expect.arrayContaining(silent.slice(0, 2)) })
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

  it.each(worldIdV1.routes)(
    'has a request of $path that the route admits',
    async ({ path, kind, unavailable }) => {
      const submitted: Operation[] = []
      const trySubmit: OpsBatcherHandle['trySubmit'] = (operation, ...rest) => {
        submitted.push(operation)
        return fakeGateway().trySubmit(operation, ...rest)
      }
      const { post } = testApp({ trySubmit })
      const example = document.paths[path]?.['post']?.requestBody?.content['application/json']?.example
      expect((await post(path, example)).status).toBe(unavailable === undefined ? 200 : 501)
      const broken = submitted.map((operation) => worldIdV1.kindOf({ kind }).validate(operation))
      expect(broken).toEqual(unavailable === undefined ? [null] : [])
    },
  )

  describe.each(operations)(
    'the description of $name',
    ({ name, responses, requestBody, parameters = [] }) => {
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

      it('contains an example of each parameter and body, in its schema', () => {
        const bodies = [...Object.values(responses).map(({ content }) => content), requestBody?.content ?? {}]
        const described: readonly MediaType[] = [
          ...parameters,
          ...bodies.flatMap((each) => Object.values(each)),
        ]
        for (const { schema, example, examples } of described) {
          const values =
            examples === undefined ? [example] : Object.values(examples).map(({ value }) => value)
          expect(values).not.toEqual([])
          for (const value of values) {
            expect(value).toBeDefined()
            expect(validator(document, schema).safeParse(value).error, JSON.stringify(value)).toBeUndefined()
          }
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
    },
  )
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
