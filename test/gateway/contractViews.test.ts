/** Views of the registry, read through an endpoint. */
import { createPublicClient, custom, numberToHex, RpcRequestError } from 'viem'
import { describe, expect, test } from 'vitest'
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

describe('an error of the node', () => {
  const scenes: readonly (readonly [string, { code: number; message: string; data?: unknown }, object])[] = [
    [
      'with revert data is an answer of the contract',
      { code: 3, message: 'execution reverted', data: '0x08c379a0' },
      { code: 'bad_request', retryable: false },
    ],
    [
      'with empty revert data is an answer of the contract',
      { code: 3, message: 'execution reverted', data: '0x' },
      { code: 'bad_request', retryable: false },
    ],
    [
      'with revert data below its data is an answer of the contract',
      { code: -32000, message: 'VM exception: revert', data: { data: '0x08c379a0' } },
      { code: 'bad_request', retryable: false },
    ],
    [
      'without revert data is no answer of the contract',
      { code: -32000, message: 'header not found' },
      { code: 'chain_unavailable', retryable: true },
    ],
    [
      'of a busy node is no answer of the contract, whatever its data',
      { code: 429, message: 'too many requests', data: '0x' },
      { code: 'chain_unavailable', retryable: true },
    ],
  ]
  test.each(scenes)('%s', async (_, error, expected) => {
    const { readView } = scene(() => {
      throw new RpcRequestError({ body: {}, error, url: 'http://127.0.0.1' })
    })
    await expect(readView('/is-valid-root', { root: '0x1' })).rejects.toMatchObject(expected)
  })
})

test('a view that the registry does not have is a defect', async () => {
  const { readView } = scene(() => '0x')
  await expect(readView('/other', {})).rejects.toThrow('WorldIDRegistry V1 has no view /other')
})
