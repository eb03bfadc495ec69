import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { createClient } from '../../src/client/client.ts'
import { testApp } from '../server/api.ts'
import { renderApiTypes } from './render.ts'

const URL_BELOW = 'http://127.0.0.1:8081/gateway/'

/** A client whose requests are answered by an app below `/gateway`. */
function clientOf(token?: string) {
  const seen: Request[] = []
  const { app } = testApp()
  const client = createClient(URL_BELOW, {
    token,
    fetch: async (request) => {
      seen.push(request)
      return app.request(request.url.replace('/gateway/', '/'), {
        method: request.method,
        headers: request.headers,
        body: request.body && (await request.text()),
      })
    },
  })
  return { client, seen }
}

it('the types of the client are those of the OpenAPI document; npm run docs makes them', async () => {
  expect(readFileSync(new URL('../../src/client/api.ts', import.meta.url), 'utf8')).toBe(
    await renderApiTypes(),
  )
})

describe('the client', () => {
  it('gives the data of a success, and calls below the path of its URL', async () => {
    const { client, seen } = clientOf()
    const { data, error } = await client.GET('/livez')
    expect(error).toBeUndefined()
    expect(data).toBeDefined()
    expect(seen.map(({ url }) => url)).toEqual(['http://127.0.0.1:8081/gateway/livez'])
  })

  it('gives the error of the API, with its code', async () => {
    const { client } = clientOf()
    const { data, error, response } = await client.GET('/status/{id}', { params: { path: { id: 'no id' } } })
    expect(data).toBeUndefined()
    expect(error?.code).toBe('not_found')
    expect(response.status).toBe(404)
  })

  it('sends the operator token only if it has one', async () => {
    const [open, known] = [clientOf(), clientOf('an-operator-token')]
    await open.client.GET('/chain')
    await known.client.GET('/chain')
    expect(open.seen[0]?.headers.get('Authorization')).toBeNull()
    expect(known.seen[0]?.headers.get('Authorization')).toBe('Bearer an-operator-token')
  })

  it('rejects if no answer comes', async () => {
    await expect(createClient('http://127.0.0.1:9').GET('/livez')).rejects.toThrow('fetch failed')
  })
})
