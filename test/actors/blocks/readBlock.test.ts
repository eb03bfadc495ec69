import { createPublicClient, custom } from 'viem'
import { expect, it } from 'vitest'
import { readHead } from '../../../src/actors/blocks/readBlock.ts'

it('a block gas limit above the range of whole numbers is clamped', async () => {
  const block = {
    ...{ number: '0x7', hash: `0x${'b'.repeat(64)}`, parentHash: `0x${'a'.repeat(64)}` },
    ...{ gasLimit: '0x4000000000000000', gasUsed: '0x5208', timestamp: '0x1', transactions: [] },
  }
  const client = createPublicClient({ transport: custom({ request: async () => block }) })
  const { head } = await readHead(client, () => 1)
  expect(head.gasLimit).toBe(Number.MAX_SAFE_INTEGER)
})
