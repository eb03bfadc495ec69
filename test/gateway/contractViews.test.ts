/** Views of the registry, read through an endpoint. */
import { createPublicClient, custom, numberToHex } from 'viem'
import { expect, test } from 'vitest'
import { openViews } from '../../src/gateway/contractViews.ts'
import { registryAt } from '../support/registry.ts'

const REGISTRY = `0x${'1'.repeat(40)}` as const

function scene(answer: () => unknown) {
  const asked: unknown[] = []
  const client = createPublicClient({
    transport: custom({
      async request({ method, params }) {
        asked.push([method, params[0].to, params[1]])
        return answer()
      },
    }),
  })
  const readView = openViews({
    pin: () => client,
    longest: 60_000,
    registry: registryAt(REGISTRY),
    now: () => 0,
  })
  return { asked, readView }
}

test('a view reads the registry at the newest block', async () => {
  const { asked, readView } = scene(() => numberToHex(0, { size: 32 }))
  expect(await readView('/is-valid-root', { root: '0x1' })).toEqual({ valid: false })
  expect(asked).toEqual([['eth_call', REGISTRY, 'latest']])
})

test('a chain that does not answer is an outage', async () => {
  const { readView } = scene(() => {
    throw new Error('no answer')
  })
  await expect(readView('/is-valid-root', { root: '0x1' })).rejects.toMatchObject({
    code: 'chain_unavailable',
  })
})

test('a view that the registry does not have is a defect', async () => {
  const { readView } = scene(() => '0x')
  await expect(readView('/other', {})).rejects.toThrow('WorldIDRegistry V1 has no view /other')
})
