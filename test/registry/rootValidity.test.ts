/** Remembered roots: which, and for how long. The chain answers from a table, and counts the questions. */
import { decodeFunctionData, type Hex, numberToHex } from 'viem'
import { expect, test } from 'vitest'
import type { UintHex } from '../../src/domain/primitives.ts'
import { registryFunctions } from '../../src/registry/worldId/abi.ts'
import { createRootCheck } from '../../src/registry/worldId/rootValidity.ts'

const WINDOW = 3600
/** Seconds. When the known root was recorded. */
const RECORDED = 1_000_000

function scene({ known = ['0x1'] as readonly UintHex[], recorded = RECORDED } = {}) {
  const scene = { seconds: RECORDED, asked: 0, isDown: false }
  const read = async (data: Hex) => {
    if (scene.isDown) throw new Error('no answer')
    const call = decodeFunctionData({ abi: registryFunctions, data })
    if (call.functionName === 'getRootTimestamp') return word(recorded)
    if (call.functionName === 'getRootValidityWindow') return word(WINDOW)
    scene.asked += 1
    const root = call.functionName === 'isValidRoot' ? numberToHex(call.args[0]) : '0x0'
    return word(known.includes(root) ? 1 : 0)
  }
  const isValid = createRootCheck(read, () => scene.seconds * 1000)
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

test('a root is not remembered when the chain does not answer', async () => {
  const { scene: chain, isValid } = scene()
  chain.isDown = true
  await expect(isValid('0x1')).rejects.toThrow('no answer')
  chain.isDown = false
  expect(await isValid('0x1')).toBe(true)
})
