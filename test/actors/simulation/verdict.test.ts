/** Out of gas in simulation: who is charged. */
import { describe, expect, it } from 'vitest'
import type { DraftCall } from '../../../src/actors/simulation/draftCalls.ts'
import { decideVerdict, type VerdictContext } from '../../../src/actors/simulation/verdict.ts'
import type { OpEnvelope } from '../../../src/domain/operation.ts'
import { envelope, hash, op } from '../../machines/support/samples.ts'
import { readerOf } from '../../support/reader.ts'
import { registryAt } from '../../support/registry.ts'

/** A node whose simulations run out of gas in the last call. */
const context: VerdictContext = {
  client: readerOf({ client: { chain: undefined } as never, rpcUrl: 'http://127.0.0.1:1' }),
  readBlock: async (blockNumber) => ({ blockNumber, blockHash: hash('b', blockNumber) }),
  simulate: async (calls) =>
    calls.map((_, index) => ({ success: index < calls.length - 1, gasUsed: 1, returnData: '0x' })),
  registry: registryAt('0x0000000000000000000000000000000000000001'),
  settledDepth: () => 1,
  followed: { head: 9, hashOf: () => null },
}

const last: OpEnvelope = { ...envelope(op(1)), sequence: 1 }
const before = (count: number): DraftCall[] =>
  Array.from({ length: count }, () => ({ callData: '0x', envelopes: [] }))

describe('an operation that runs out of gas in simulation', () => {
  it('is charged when no other call ran before', async () => {
    const { status } = await decideVerdict(context, last, [])
    expect(status).toEqual({ type: 'Evicted', reason: 'GasLimitExceeded', nextNonce: null })
  })

  it.each([
    [1, 1],
    [2, 1],
    [7, 4],
  ])('is not charged after %i other calls, and goes on in a batch of %i', async (count, batchLimit) => {
    const { status } = await decideVerdict(context, last, before(count))
    expect(status).toEqual({ type: 'Evicted', reason: 'BatchFull', nextNonce: null, batchLimit })
  })
})
