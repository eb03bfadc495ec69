import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Hex } from '../../src/domain/primitives.ts'
import { isLogMissing, mayHaveLogOf } from '../../src/evm/logsBloom.ts'
import { createIdleAccount } from '../../src/load/account.ts'
import { seededRandom } from '../load/seededRandom.ts'
import { callDataOf, mined, sendAsStranger } from '../support/accounts.ts'
import { startTestChain, type TestChain } from '../support/chain.ts'

let chain: TestChain

beforeAll(async () => {
  chain = await startTestChain()
})

afterAll(() => chain.stop())

test('no log of a real receipt is missing, and every left out log is noticed', async () => {
  const hash = await sendAsStranger(chain, callDataOf(createIdleAccount(seededRandom(3))), {
    gas: 3_000_000n,
  })
  const { logs, logsBloom } = await mined(chain, hash)
  expect(logs.length).toBeGreaterThan(1)
  expect(isLogMissing(logsBloom, logs)).toBe(false)
  for (const left of logs) {
    expect(
      isLogMissing(
        logsBloom,
        logs.filter((log) => log !== left),
      ),
    ).toBe(true)
  }
})

test('a filter of only zeros or only ones shows nothing', () => {
  for (const digit of ['0', 'f']) {
    const bloom: Hex = `0x${digit.repeat(512)}`
    expect(isLogMissing(bloom, [])).toBe(false)
  }
})

test('a block shows that a contract has no logs, and never hides one', async () => {
  const hash = await sendAsStranger(chain, callDataOf(createIdleAccount(seededRandom(4))), {
    gas: 3_000_000n,
  })
  const { blockHash } = await mined(chain, hash)
  const { logsBloom } = await chain.client.getBlock({ blockHash })
  expect(mayHaveLogOf(logsBloom, chain.registryAddress)).toBe(true)
  expect(mayHaveLogOf(logsBloom, chain.multicallAddress)).toBe(false)
  expect(mayHaveLogOf(null, chain.multicallAddress)).toBe(true)
})
