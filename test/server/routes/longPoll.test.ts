import { describe, expect, it } from 'vitest'
import { UnavailableError } from '../../../src/domain/errors.ts'
import type { OpsBatcherHandle } from '../../../src/domain/handle.ts'
import { expectProblem, testApp } from '../api.ts'
import { OPERATION_ID } from '../fixtures.ts'

const ROUTES = [`/status/gw_${OPERATION_ID}`, `/operations/${OPERATION_ID}`] as const

/** An app that notes each wait. */
function waiting(reaches: OpsBatcherHandle['reaches'] = async () => {}) {
  const asked: unknown[] = []
  const app = testApp({
    reaches: async (id, until, limit, options) => {
      asked.push({ id, until, limit, endsWithVerdict: options?.endsWithVerdict })
      await reaches(id, until, limit, options)
    },
  })
  return { ...app, asked }
}

describe.each(ROUTES)('GET %s', (path) => {
  it('waits for the level of until, at most for the seconds of wait', async () => {
    const { get, asked } = waiting()
    const endsWithVerdict = path.startsWith('/status')
    expect((await get(`${path}?wait=20&until=included`)).status).toBe(200)
    expect((await get(`${path}?wait=30`)).status).toBe(200)
    expect(asked).toEqual([
      { id: OPERATION_ID, until: 'included', limit: 20_000, endsWithVerdict },
      { id: OPERATION_ID, until: 'finalized', limit: 30_000, endsWithVerdict },
    ])
  })

  it('answers at once without wait, as the reference does', async () => {
    const { get, asked } = waiting()
    const plain = await (await get(path)).text()
    for (const query of ['?wait=0', '?until=safe', '?wait=0&until=included', '?other=1']) {
      expect(await (await get(path + query)).text()).toBe(plain)
    }
    expect(asked).toEqual([])
  })

  it.each(['-1', '31', '1.5', '1e1', '', 'soon', '0x1', '100000000000'])('refuses wait=%s', async (wait) => {
    const { get, asked } = waiting()
    const message = 'wait must be an integer from 0 to 30 seconds.'
    await expectProblem(await get(`${path}?wait=${wait}`), 400, 'bad_request', message)
    expect(asked).toEqual([])
  })

  it.each(['', 'mined', 'Included', 'included,safe'])('refuses until=%s', async (until) => {
    const { get } = waiting()
    const message = 'until must be one of preconfirmed, included, confirmed, safe, finalized.'
    await expectProblem(await get(`${path}?wait=1&until=${until}`), 400, 'bad_request', message)
  })

  it('reports that too many requests wait, with a time to try again', async () => {
    const { get } = waiting(() => Promise.reject(new UnavailableError('batcher_unavailable', 'Too many.')))
    const response = await get(`${path}?wait=1`)
    expect(response.headers.get('Retry-After')).toBe('1')
    await expectProblem(response, 503, 'batcher_unavailable', 'Too many.')
  })
})
