import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { reviveOrphaned } from '../../../src/actors/recovery/reviveOrphaned.ts'
import type { Inclusion } from '../../../src/domain/batch.ts'
import { noSettledWork, REORG_WINDOW } from '../../../src/machines/opsBatcher/settledWork.ts'
import type { RequestStore } from '../../../src/store/port.ts'
import { openSqliteStore } from '../../../src/store/sqlite/sqliteStore.ts'
import {
  accepted,
  attemptHash,
  batchId,
  included,
  opened,
  operationId,
  planned,
  START,
  STATUS,
  settled,
  signed,
  submitted,
} from '../../store/fixtures.ts'
import { reorganise, startTestChain, type TestChain } from '../../support/chain.ts'
import { readerOf } from '../../support/reader.ts'
import { forMethod, startRpcProxy } from '../../support/rpcProxy.ts'
import { temporaryFolder } from '../../support/service.ts'

let chain: TestChain
let folder: Awaited<ReturnType<typeof temporaryFolder>>
let store: RequestStore

beforeAll(async () => {
  chain = await startTestChain()
})

afterAll(() => chain.stop())

beforeEach(async () => {
  folder = await temporaryFolder()
  store = openSqliteStore(`${folder.path}/store.sqlite`)
})

afterEach(async () => {
  await store.close()
  await folder.remove()
})

/** Mines a block with the settlement of batch `n`. */
async function endInBlock(n: number): Promise<Inclusion> {
  await chain.client.mine({ blocks: 1 })
  const { number, hash: blockHash } = await chain.client.getBlock()
  const where = { txHash: attemptHash(n, 1), blockNumber: Number(number), blockHash }
  await store.commit([
    ...[accepted(n), opened(n, [n]), planned(n, [n]), signed(n, 1), submitted(n, 1)],
    ...[included(n, where), settled(n, { [n]: 'finalized' }, { where })],
  ])
  return where
}

const NOW = START + 5_000

const revive = (url?: string) => reviveOrphaned(readerOf(chain, url), store, () => NOW)

const stateOf = async (n: number) => (await store.batch(batchId(n)))?.state

describe('settled batches at a start', () => {
  it('stay settled while the blocks are canonical, and are returned in order', async () => {
    const [first, second] = [await endInBlock(1), await endInBlock(2)]
    expect((await revive()).settled.batches).toMatchObject([
      { batchId: batchId(1), inclusion: first, operations: [{ id: operationId(1) }] },
      { batchId: batchId(2), inclusion: second, operations: [{ id: operationId(2) }] },
    ])
    expect(await stateOf(1)).toBe('Finalized')
    const { hash } = await chain.client.getBlock()
    expect((await revive()).head).toMatchObject({ number: second.blockNumber, hash })
  })

  it('are revived when a reorg orphaned the blocks while the gateway was stopped', async () => {
    await endInBlock(1)
    await endInBlock(2)
    await endInBlock(3)
    await reorganise(chain, 2)
    expect((await revive()).settled.batches.map((batch) => batch.batchId)).toEqual([batchId(1)])
    expect([await stateOf(1), await stateOf(2), await stateOf(3)]).toEqual([
      'Finalized',
      'Pending',
      'Pending',
    ])
    expect(await store.operation(operationId(2))).toMatchObject({
      state: { state: 'submitted' },
      updatedAt: NOW,
    })
    const { batches } = await store.recover(NOW)
    expect(batches.map(({ record }) => record.id)).toEqual([batchId(2), batchId(3)])
    expect((await revive()).settled.batches.map((batch) => batch.batchId)).toEqual([batchId(1)])
  })

  it('are returned with the operations settled at simulation', async () => {
    const [first, second] = [await endInBlock(1), await endInBlock(2)]
    await store.commit([accepted(3), accepted(4), opened(3, [3, 4])])
    const ends = [first, second].map(({ blockNumber, blockHash }) => ({ blockNumber, blockHash }))
    const ids = [operationId(3), operationId(4)]
    await store.commit([
      {
        type: 'batch.trimmed',
        batchId: batchId(3),
        statuses: Object.fromEntries(ids.map((id) => [id, STATUS.failed])),
        evidenceBlock: Object.fromEntries(ids.map((id, index) => [id, ends[index] ?? first])),
        at: START,
      },
    ])
    expect((await revive()).settled.operations).toMatchObject([
      { operation: { id: operationId(3) }, evidenceBlock: ends[0] },
      { operation: { id: operationId(4) }, evidenceBlock: ends[1] },
    ])
    await reorganise(chain, 1)
    const { settled: left, orphaned } = await revive()
    expect(left.operations).toMatchObject([{ operation: { id: operationId(3) } }])
    // The nonceTracker decides whether the operations are queued again.
    expect(orphaned).toMatchObject([{ operation: { id: operationId(4) }, evidenceBlock: ends[1] }])
    const states = await Promise.all(ids.map(async (id) => (await store.status(id))?.state.state))
    expect(states).toEqual(['failed', 'failed'])
  })

  it('are revived when the chain is now shorter', async () => {
    const snapshot = await chain.client.snapshot()
    await endInBlock(1)
    await chain.client.revert({ id: snapshot })
    expect((await revive()).settled).toEqual(noSettledWork)
    expect(await stateOf(1)).toBe('Pending')
  })

  it('are revived although a node on a different branch answers a read by number', async () => {
    const { blockNumber } = await endInBlock(1)
    await chain.client.mine({ blocks: 1 })
    const inPlace = [`0x${(blockNumber + 1).toString(16)}`, false] as const
    const former = await chain.client.request<{
      Method: string
      Parameters: typeof inPlace
      ReturnType: object
    }>({ method: 'eth_getBlockByNumber', params: inPlace })
    await reorganise(chain, 2)
    await chain.client.mine({ blocks: 1 })
    const proxy = await startRpcProxy(chain.rpcUrl)
    proxy.impose(
      forMethod('eth_getBlockByNumber', ([number]) => (number === inPlace[0] ? { result: former } : null)),
    )
    expect((await revive(proxy.url)).settled).toEqual(noSettledWork)
    expect(await stateOf(1)).toBe('Pending')
    await proxy.close()
  })

  it('count as orphaned when the node lacks the blocks of the branch, and the start succeeds', async () => {
    await endInBlock(1)
    await endInBlock(2)
    await endInBlock(3)
    const proxy = await startRpcProxy(chain.rpcUrl)
    const { number } = await chain.client.getBlock()
    const isAsked = (asked: unknown) => asked === `0x${(Number(number) - 1).toString(16)}`
    proxy.impose(forMethod('eth_getBlockByNumber', ([asked]) => (isAsked(asked) ? { result: null } : null)))
    proxy.impose(forMethod('eth_getBlockByHash', () => ({ result: null })))
    expect((await revive(proxy.url)).settled.batches.map(({ batchId: id }) => id)).toEqual(
      [2, 3].map(batchId),
    )
    expect([await stateOf(1), await stateOf(2)]).toEqual(['Pending', 'Finalized'])
    await proxy.close()
  })

  it('are not checked below the reorg window', async () => {
    await endInBlock(1)
    await chain.client.mine({ blocks: REORG_WINDOW + 1 })
    expect((await revive()).settled).toEqual(noSettledWork)
    expect(await stateOf(1)).toBe('Finalized')
  })

  it('stay unchanged when the chain does not answer', async () => {
    await endInBlock(1)
    const proxy = await startRpcProxy(chain.rpcUrl)
    proxy.impose(forMethod('eth_getBlockByNumber', () => ({ code: -32005, message: 'limit exceeded' })))
    await expect(revive(proxy.url)).rejects.toThrow('limit exceeded')
    expect(await stateOf(1)).toBe('Finalized')
    await proxy.close()
  })
})
