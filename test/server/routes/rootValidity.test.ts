import { describe, expect, it } from 'vitest'
import { UnavailableError } from '../../../src/domain/errors.ts'
import { expectProblem, testApp } from '../api.ts'

describe('GET /is-valid-root', () => {
  it.each([
    [true, '{"valid":true}'],
    [false, '{"valid":false}'],
  ])('answers %s exactly', async (valid, text) => {
    const response = await testApp({ readView: async () => ({ valid }) }).get('/is-valid-root?root=0x2a')
    expect(response.status).toBe(200)
    expect(await response.text()).toBe(text)
  })

  it.each(['42', '0x2a', '0X2A', ' 42 ', '0x0000002a'])('reads the root %j', async (root) => {
    const asked: unknown[] = []
    const { get } = testApp({
      readView: async (path, query) => {
        asked.push([path, query])
        return { valid: true }
      },
    })
    expect((await get(`/is-valid-root?root=${encodeURIComponent(root)}`)).status).toBe(200)
    expect(asked).toEqual([['/is-valid-root', { root: '0x2a' }]])
  })

  it.each(['', '?root=', '?root=0x', '?root=2a', '?root=-1', `?root=${2n ** 256n}`])(
    'refuses %j',
    async (query) => {
      await expectProblem(
        await testApp().get(`/is-valid-root${query}`),
        400,
        'bad_request',
        'root must be an integer below 2^256, in decimal, or in hex with 0x',
      )
    },
  )

  it('reports a chain that does not answer', async () => {
    const { get } = testApp({
      readView: async () => {
        throw new UnavailableError('chain_unavailable', 'no answer')
      },
    })
    await expectProblem(await get('/is-valid-root?root=1'), 503, 'chain_unavailable', 'no answer')
  })
})
