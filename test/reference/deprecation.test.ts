/** The headers of the deprecated routes, also of their refusals. */
import { expect, it } from 'vitest'
import { testApp } from '../server/api.ts'

const DEPRECATED = [
  '/initiate-recovery-agent-update',
  '/cancel-recovery-agent-update',
  '/execute-recovery-agent-update',
]

it('deprecation headers', async () => {
  const { post } = testApp()
  for (const path of [...DEPRECATED, '/create-account', '/recover-account']) {
    const { headers } = await post(path, {})
    const isDeprecated = DEPRECATED.includes(path)
    expect([path, headers.get('deprecation'), headers.get('sunset')]).toEqual([
      path,
      isDeprecated ? '@1785110400' : null,
      isDeprecated ? 'Tue, 27 Jul 2027 00:00:00 GMT' : null,
    ])
  }
})
