/** The wallet's nonces: readings at every block, the next nonce, gaps, foreign transactions. */
import { describe, expect, it } from 'vitest'
import { attempt } from '../support/samples.ts'
import { START, type Stage } from '../support/stage.ts'
import {
  ADDRESS,
  cancelRequest,
  delivered,
  healing,
  isNext,
  raised,
  ready,
  refused,
  request,
  setting,
} from '../support/wallet.ts'

const filler = attempt(7, { purpose: 'cancel', batchId: 'healer' })
/** An attempt for the gap whose hash differs from that of the restored attempt. */
const late = attempt(7, { purpose: 'cancel', batchId: 'healer', maxFeePerGas: 11 })

describe('wallet at every block', () => {
  it("reads the account in the block's state", async () => {
    const { stage, reading, see, tell, state } = await ready()
    see(2)
    expect(state()).toEqual({ Ready: 'Refreshing' })
    expect(reading.inputs.at(-1)).toEqual({ address: ADDRESS, blockNumber: 2 })
    await tell(9, '4000')
    expect(state()).toEqual({ Ready: 'Idle' })
    expect(stage.emitted.at(-1)).toMatchObject({ type: 'wallet.observed', nextNonce: 9, balance: '4000' })
  })

  it('reads once for all blocks that came during a reading, in the newest block', async () => {
    const { reading, see, tell, state } = await ready()
    for (const number of [2, 3, 4]) see(number)
    await tell(7)
    expect(reading.inputs.map(({ blockNumber }) => blockNumber)).toEqual([null, 2, 4])
    await tell(7)
    expect(state()).toEqual({ Ready: 'Idle' })
    expect(reading.inputs).toHaveLength(3)
  })

  it('does not read during a signature, and reads afterwards', async () => {
    const { reading, ask, see, serve, state } = await ready()
    ask('batch-1')
    see(2)
    expect(state()).toEqual({ Ready: 'Signing' })
    expect(reading.inputs).toHaveLength(1)
    await serve(attempt(7))
    expect(state()).toEqual({ Ready: 'Refreshing' })
  })

  it('signs even if blocks come faster than readings', async () => {
    const { ask, see, tell, signing, state } = await ready()
    see(2)
    ask('batch-1')
    see(3)
    await tell(7)
    expect(state()).toEqual({ Ready: 'Signing' })
    expect(signing.inputs).toHaveLength(1)
  })

  it('reads the latest block at the next block after a failed reading', async () => {
    const { reading, see, tell, state, context } = await ready(7, [attempt(7)])
    see(2)
    await reading.reject('header not found')
    expect(state()).toEqual({ Ready: 'Idle' })
    expect(context()).toMatchObject({ failure: 'header not found', blockDue: null })
    see(3)
    expect(reading.inputs.at(-1)).toEqual({ address: ADDRESS, blockNumber: null })
    await tell(7, '1000', 2)
    expect(context().failure).toBeNull()
    // The endpoint was a block behind: the reading counts, and block 3 is still to be read.
    expect(reading.inputs.at(-1)).toEqual({ address: ADDRESS, blockNumber: 3 })
  })

  it('signs even if readings fail', async () => {
    const { reading, see, ask, signing } = await ready()
    see(2)
    await reading.reject('timeout')
    ask('batch-1')
    expect(signing.inputs).toHaveLength(1)
  })

  it('removes a settled nonce, and reports the number of nonces in flight', async () => {
    const { stage, settle, context } = await ready(7, [attempt(7), attempt(8)])
    settle(7)
    expect(context().nonces).toMatchObject({ chainNonce: 8, tracked: [{ nonce: 8 }] })
    expect(stage.emitted).toEqual([
      { type: 'wallet.observed', balance: '1000', nextNonce: 9, inFlight: 1, at: START },
    ])
  })
})

describe('wallet with a lowest nonce that delays all later nonces', () => {
  it('sends nonce.next at every block, only to the batch whose nonce is next', async () => {
    const { stage, read } = await ready(7, [attempt(7), attempt(8, { batchId: 'batch-2' })])
    const told = () => stage.receivedBy('opsBatcher').filter(({ type }) => type === 'batch.addressed')
    await read(2, 7)
    expect(told()).toEqual([isNext('batch-1')])
    await read(3, 8)
    expect(told()).toEqual([isNext('batch-1'), isNext('batch-2')])
    await read(4, 9)
    expect(told()).toHaveLength(2)
  })

  it('sends nonce.next after the first reading of a restart', async () => {
    const { stage, tell } = setting([attempt(7)])
    await tell(7)
    expect(stage.receivedBy('opsBatcher')).toEqual([isNext('batch-1'), { type: 'wallet.available' }])
  })

  it('sends nonce.next with low funds', async () => {
    const { stage, tell } = setting([attempt(7)])
    await tell(7, '999')
    expect(stage.receivedBy('opsBatcher')).toEqual([isNext('batch-1'), { type: 'wallet.unavailable' }])
  })
})

describe('wallet with a gap in its nonces', () => {
  it('asks the batcher to fill the gap when two blocks have shown the gap', async () => {
    const { stage, settle, reorg, read, state } = await ready(7, [
      attempt(7),
      attempt(8, { batchId: 'batch-2' }),
    ])
    settle(7)
    reorg(2)
    await read(2, 7)
    expect(state()).toEqual({ Ready: 'Idle' })
    stage.clear()
    await read(3, 7)
    expect(state()).toBe('Healing')
    expect(stage.receivedBy('opsBatcher')).toEqual([{ type: 'nonces.missing', nonces: [7] }])
  })

  it('counts two readings in one block as one reading', async () => {
    const { settle, reorg, see, read, tell, state } = await ready(7, [attempt(7), attempt(8)])
    settle(7)
    reorg(2)
    await read(2, 7)
    see(3)
    await tell(7, '1000', 2)
    expect(state()).toEqual({ Ready: 'Refreshing' })
    await tell(7)
    expect(state()).toBe('Healing')
  })

  it('ignores a gap that a later block does not show, because an endpoint was behind', async () => {
    const { settle, reorg, read, state, context } = await ready(7, [attempt(7), attempt(8)])
    settle(7)
    reorg(2)
    await read(2, 7)
    await read(3, 8)
    expect(context()).toMatchObject({ gapAt: null, missing: [] })
    await read(4, 7)
    expect(state()).toEqual({ Ready: 'Idle' })
  })

  it('asks again at every block until the gap is filled', async () => {
    const { stage, read, state } = await healing()
    stage.clear()
    await read(4, 7)
    expect(state()).toBe('Healing')
    expect(stage.receivedBy('opsBatcher').filter(({ type }) => type === 'nonces.missing')).toHaveLength(1)
    await read(5, 8)
    expect(state()).toEqual({ Ready: 'Idle' })
  })

  it('signs the attempt for the gap, and tracks the nonce', async () => {
    const { stage, askCancel, signing, serve, read, state, context } = await healing()
    askCancel('healer', 7, null)
    expect(state()).toEqual({ Ready: 'Signing' })
    expect(signing.inputs).toEqual([
      {
        request: cancelRequest('healer'),
        nonce: 7,
        highest: null,
        pricing: 'raise',
        costInFlight: expect.any(String),
      },
    ])
    await serve(filler)
    expect(stage.receivedBy('opsBatcher').at(-1)).toEqual(delivered(filler))
    await read(4, 7)
    expect(state()).toEqual({ Ready: 'Idle' })
    expect(context().missing).toEqual([])
    expect(stage.receivedBy('opsBatcher').slice(-2)).toEqual([isNext('healer'), { type: 'wallet.available' }])
  })

  it('serves a request for the gap if the request arrives during a reading', async () => {
    const { see, tell, askCancel, signing, state } = await healing()
    see(4)
    askCancel('healer', 7, null)
    await tell(7)
    expect(state()).toEqual({ Ready: 'Signing' })
    expect(signing.inputs).toHaveLength(1)
  })

  it('lets requests for new nonces wait until the next block', async () => {
    const { ask, askCancel, signing, serve, state } = await healing()
    ask('batch-3')
    expect(state()).toBe('Healing')
    expect(signing.inputs).toEqual([])
    askCancel('healer', 7, null)
    await serve(filler)
    expect(signing.inputs.map(({ nonce }) => nonce)).toEqual([7, 9])
  })

  it('serves requests for new nonces at the next block if no batch fills the gap', async () => {
    const { ask, see, signing } = await healing()
    ask('batch-3')
    see(4)
    expect(signing.inputs).toEqual([
      {
        request: request('batch-3'),
        nonce: 9,
        highest: null,
        pricing: 'raise',
        costInFlight: expect.any(String),
      },
    ])
  })

  it('refuses to fill a gap at a nonce with attempts of a revived batch', async () => {
    const { stage, restore, askCancel, signing, context, state } = await healing()
    restore(attempt(7), raised)
    expect(context().nonces.tracked[0]).toEqual({
      nonce: 7,
      batchId: 'batch-1',
      hashes: [attempt(7).hash, raised.hash],
      maxCost: String(raised.gasLimit * raised.maxFeePerGas),
    })
    askCancel('healer', 7, null)
    expect(signing.inputs).toEqual([])
    expect(stage.receivedBy('opsBatcher').at(-1)).toEqual(refused('healer'))
    expect(state()).toEqual({ Ready: 'Idle' })
  })

  it.each<[string, (all: Awaited<ReturnType<typeof healing>>) => void]>([
    ['a revived batch restores its attempts', ({ restore }) => restore(attempt(7))],
    ['the nonce is settled', ({ settle }) => settle(7)],
  ])('refuses to fill a gap if %s during a slow signature', async (_, happens) => {
    const all = await healing()
    const { stage, signing, askCancel, sign, store, context } = all
    askCancel('healer', 7, null)
    expect(signing.waiting).toBe(1)
    happens(all)
    stage.clear()
    await sign(late)
    store(late)
    expect(stage.receivedBy('requestTracker')).toEqual([])
    expect(stage.receivedBy('opsBatcher')).toEqual([refused('healer')])
    expect(context().nonces.tracked.flatMap(({ hashes }) => hashes)).not.toContain(late.hash)
  })

  it.each<[string, (all: Awaited<ReturnType<typeof healing>>) => void]>([
    ['a revived batch restores its attempts', ({ restore }) => restore(attempt(7))],
    ['the nonce is settled', ({ settle }) => settle(7)],
  ])('refuses to fill a gap if %s while the attempt is stored', async (_, happens) => {
    const all = await healing()
    const { stage, askCancel, sign, store, context, state } = all
    askCancel('healer', 7, null)
    await sign(late)
    expect(state()).toEqual({ Ready: 'Recording' })
    happens(all)
    stage.clear()
    store(late)
    expect(stage.receivedBy('opsBatcher')).toEqual([refused('healer')])
    expect(state()).toEqual({ Ready: 'Idle' })
    expect(context()).toMatchObject({ signed: null, serving: null })
    expect(context().nonces.tracked.flatMap(({ hashes }) => hashes)).not.toContain(late.hash)
  })

  it('sees no gap if the attempts are restored before the second block', async () => {
    const { settle, reorg, restore, read, state, stage } = await ready(7, [attempt(7), attempt(8)])
    settle(7)
    reorg(2)
    await read(2, 7)
    restore(attempt(7))
    await read(3, 7)
    expect(state()).toEqual({ Ready: 'Idle' })
    expect(stage.receivedBy('opsBatcher').filter(({ type }) => type === 'nonces.missing')).toEqual([])
  })

  it('asks for at most 16 nonces at a time', async () => {
    const { stage, reorg, read } = await ready(30)
    reorg(2)
    await read(2, 4)
    await read(3, 4)
    expect(stage.receivedBy('opsBatcher').at(-1)).toEqual({
      type: 'nonces.missing',
      nonces: Array.from({ length: 16 }, (_, index) => 4 + index),
    })
  })

  it('does not ask to fill a gap with low funds', async () => {
    const { settle, reorg, see, read, tell, state } = await ready(7, [attempt(7), attempt(8)])
    settle(7)
    reorg(2)
    await read(2, 7)
    await read(3, 7, '999')
    expect(state()).toEqual({ LowFunds: 'Waiting' })
    see(4)
    await tell(7, '1000', 4)
    expect(state()).toBe('Healing')
  })

  it('does not give out a settled nonce again after a reorg', async () => {
    const { settle, reorg, read, ask, signing } = await ready(7, [attempt(7)])
    settle(7)
    reorg(2)
    await read(2, 7)
    ask('batch-2')
    expect(signing.inputs[0]?.nonce).toBe(8)
  })
})

describe('wallet that knows its own transactions from the store', () => {
  it('does not sign at a used nonce, although the first reading is of a node that lags', async () => {
    const { tell, ask, signing } = setting([], 7)
    await tell(0)
    ask('batch-2')
    expect(signing.inputs[0]?.nonce).toBe(7)
  })

  it('does not report its own transactions when the node has caught up', async () => {
    const { stage, tell, read } = setting([], 7)
    await tell(0)
    await read(2, 7)
    await read(3, 7)
    expect(stage.emittedOf('wallet.foreignTransactions')).toEqual([])
  })

  it('reports foreign transactions that were sent while the gateway was stopped', async () => {
    const { stage, tell, read } = setting([], 7)
    await tell(9)
    await read(2, 9)
    expect(stage.emittedOf('wallet.foreignTransactions')).toMatchObject([{ nonces: 2, nextNonce: 9 }])
  })
})

describe('wallet whose key another program uses', () => {
  it('reports foreign transactions when two readings agree, and continues after the foreign nonces', async () => {
    const { stage, read, ask, signing } = await ready(7, [attempt(7)])
    await read(2, 7)
    await read(3, 12)
    expect(stage.emittedOf('wallet.foreignTransactions')).toEqual([])
    await read(4, 12)
    expect(stage.emittedOf('wallet.foreignTransactions')).toEqual([
      { type: 'wallet.foreignTransactions', nonces: 4, nextNonce: 12, at: START },
    ])
    ask('batch-2')
    expect(signing.inputs[0]?.nonce).toBe(12)
  })

  it('reports foreign transactions once', async () => {
    const { stage, read } = await ready()
    await read(2, 7)
    await read(3, 8)
    await read(4, 7)
    await read(5, 8)
    await read(6, 7)
    await read(7, 8)
    expect(stage.emittedOf('wallet.foreignTransactions')).toHaveLength(1)
  })

  it('reports every foreign transaction', async () => {
    const { stage, read } = await ready()
    await read(2, 7)
    await read(3, 8)
    await read(4, 9)
    await read(5, 9)
    expect(stage.emittedOf('wallet.foreignTransactions')).toMatchObject([
      { nonces: 1, nextNonce: 8 },
      { nonces: 1, nextNonce: 9 },
    ])
  })

  it('does not report own transactions or transactions before the start', async () => {
    const { stage, tell, read } = setting([attempt(3), attempt(4)])
    await tell(50)
    await read(2, 50)
    await read(3, 50)
    expect(stage.emittedOf('wallet.foreignTransactions')).toEqual([])
    const own = await ready(7, [attempt(7)])
    await own.read(2, 8)
    await own.read(3, 8)
    expect(own.stage.emittedOf('wallet.foreignTransactions')).toEqual([])
  })
})

describe('wallet behind a load balancer with a lagging node', () => {
  const noAlarm = ({ stage }: { readonly stage: Stage }) => {
    expect(stage.emittedOf('wallet.foreignTransactions')).toEqual([])
    expect(stage.receivedBy('opsBatcher').filter(({ type }) => type === 'nonces.missing')).toEqual([])
  }

  it('does not lower the nonce, and sees no gap at settled nonces', async () => {
    const all = await ready(7, [attempt(7), attempt(8)])
    all.settle(7)
    all.settle(8)
    for (const [number, nonce] of [9, 7, 8, 7, 9, 7].entries()) await all.read(2 + number, nonce)
    expect(all.context().nonces.chainNonce).toBe(9)
    noAlarm(all)
  })

  it('does not take own transactions for foreign ones if the first reading lags', async () => {
    const all = await ready(5)
    for (const [number, nonce] of [7, 7, 5, 7].entries()) await all.read(2 + number, nonce)
    noAlarm(all)
  })

  it('ignores the state of a block below the last one', async () => {
    const { see, reading, read, context } = await ready(7)
    await read(5, 8)
    see(6)
    await reading.resolve({ chainNonce: 7, balance: '1', blockNumber: 4, at: START })
    expect(context()).toMatchObject({ balance: '1000', readAt: 5, nonces: { chainNonce: 8 } })
  })

  it('follows a reorg that lowers the nonce, even if one node follows late', async () => {
    const { settle, reorg, read, context, state } = await ready(7, [attempt(7)])
    settle(7)
    reorg(2)
    await read(2, 8)
    await read(3, 7)
    expect(context().nonces.chainNonce).toBe(7)
    await read(4, 7)
    expect(state()).toBe('Healing')
  })

  it('does not lower the nonce long after a reorg', async () => {
    const { settle, reorg, read, context } = await ready(7, [attempt(7)])
    settle(7)
    reorg(2)
    await read(2, 8)
    await read(18, 7)
    expect(context().nonces.chainNonce).toBe(8)
  })
})
