/** Remembered roots: which, and for how long. The chain answers from a table, and counts the questions. */
import { createPublicClient, custom, decodeFunctionData, numberToHex } from 'viem'
import { expect, test } from 'vitest'
import type { UintHex } from '../../src/domain/primitives.ts'
import { createRootCheck } from '../../src/gateway/rootValidity.ts'
import { registryFunctions } from '../../src/registry/worldId/abi.ts'

const REGISTRY = `0x${'1'.repeat(40)}` as const
const WINDOW = 3600
/** Seconds. When the known root was recorded. */
const RECORDED = 1_000_000

function scene({ known = ['0x1'] as readonly UintHex[], recorded = RECORDED } = {}) {
  const scene = { seconds: RECORDED, asked: 0, isDown: false }
  const client = createPublicClient({
    transport: custom({
      async request({ params }) {
        if (scene.isDown) throw new Error('no answer')
        const call = decodeFunctionData({ abi: registryFunctions, data: params[0].data })
        if (call.functionName === 'getRootTimestamp') return word(recorded)
        if (call.functionName === 'getRootValidityWindow') return word(WINDOW)
        scene.asked += 1
        const root = call.functionName === 'isValidRoot' ? numberToHex(call.args[0]) : '0x0'
        return word(known.includes(root) ? 1 : 0)
      },
    }),
  })
  const isValid = createRootCheck({
    pin: () => client,
    longest: 60_000,
    registry: REGISTRY,
    now: () => scene.seconds * 1000,
  })
  return { scene, isValid }
}

const word = (value: number) => numberToHex(value, { size: 32 })

test('a valid root is remembered until two minutes before the end of its window', async () => {
  const { scene: chain, isValid } = scene()
  expect(await isValid('0x1')).toBe(true)
  chain.seconds = RECORDED + WINDOW - 121
  expect(await isValid('0x1')).toBe(true)
  expect(chain.asked).toBe(1)
  chain.seconds = RECORDED + WINDOW - 120
  expect(await isValid('0x1')).toBe(true)
  expect(chain.asked).toBe(2)
})

test('an unknown root is asked each time', async () => {
  const { scene: chain, isValid } = scene()
  expect([await isValid('0x2'), await isValid('0x2')]).toEqual([false, false])
  expect(chain.asked).toBe(2)
})

test('the latest root is asked each time when its window is over', async () => {
  const { scene: chain, isValid } = scene({ recorded: RECORDED - WINDOW })
  expect([await isValid('0x1'), await isValid('0x1')]).toEqual([true, true])
  expect(chain.asked).toBe(2)
})

test('at most 1024 roots are remembered, the newest', async () => {
  const known = Array.from({ length: 1025 }, (_, n): UintHex => numberToHex(n + 1))
  const { scene: chain, isValid } = scene({ known })
  for (const root of known) await isValid(root)
  expect(chain.asked).toBe(1025)
  await isValid('0x2')
  expect(chain.asked).toBe(1025)
  await isValid('0x1')
  expect(chain.asked).toBe(1026)
})

test('a chain that does not answer is an outage', async () => {
  const { scene: chain, isValid } = scene()
  chain.isDown = true
  await expect(isValid('0x1')).rejects.toMatchObject({ code: 'chain_unavailable' })
})
