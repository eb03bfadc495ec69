/** The wallet's start, signatures, replacements and funds. Its nonces: `wallet.stream.test.ts`. */
import { describe, expect, it } from 'vitest'
import { signInput, startContext } from '../../../src/machines/wallet/context.ts'
import { attempt } from '../support/samples.ts'
import { START } from '../support/stage.ts'
import {
  ADDRESS,
  cancelRequest,
  delivered,
  HIGHEST,
  raised,
  ready,
  refused,
  request,
  setting,
} from '../support/wallet.ts'

describe('wallet at the start', () => {
  it('reads nonce and balance, and announces wallet.available afterwards', async () => {
    const { stage, reading, tell, state } = setting()
    expect(state()).toBe('Syncing')
    expect(reading.inputs).toEqual([{ address: ADDRESS, blockNumber: null }])
    expect(stage.messages).toEqual([])
    await tell(7, '5000')
    expect(state()).toEqual({ Ready: 'Idle' })
    expect(stage.receivedBy('opsBatcher')).toEqual([{ type: 'wallet.available' }])
    expect(stage.emitted).toEqual([
      { type: 'wallet.observed', balance: '5000', nextNonce: 7, inFlight: 0, at: START },
    ])
  })

  it('reads again after a pause when the chain does not answer', async () => {
    const { stage, reading, tell, state, context } = setting()
    await reading.reject('no route')
    expect(state()).toBe('Unreachable')
    expect(context().failure).toBe('no route')
    await stage.advance(999)
    expect(reading.inputs).toHaveLength(1)
    await stage.advance(1)
    expect(state()).toBe('Syncing')
    await tell(7)
    expect(state()).toEqual({ Ready: 'Idle' })
    expect(context().failure).toBeNull()
  })

  it('continues after the nonces of stored attempts, even if the chain does not know the attempts', async () => {
    const { ask, signing } = await ready(7, [attempt(7), raised, attempt(8)])
    ask('batch-3')
    expect(signing.inputs[0]?.nonce).toBe(9)
  })

  it('throws if it signs without a request', () => {
    const idle = startContext({
      ...{
        address: ADDRESS,
        minBalance: '0',
        now: () => START,
        stallTimeout: 1,
        attempts: [],
        nextNonce: null,
      },
    })
    expect(() => signInput(idle)).toThrow('no signature was requested')
  })
})

describe('wallet signing', () => {
  it('signs transactions one at a time, with consecutive nonces', async () => {
    const { ask, signing, sign, store, state } = await ready()
    ask('batch-1')
    ask('batch-2')
    expect(state()).toEqual({ Ready: 'Signing' })
    expect(signing.inputs).toEqual([
      { request: request('batch-1'), nonce: 7, highest: null, pricing: 'raise', costInFlight: '0' },
    ])
    await sign(attempt(7))
    expect(state()).toEqual({ Ready: 'Recording' })
    expect(signing.inputs).toHaveLength(1)
    store(attempt(7))
    expect(signing.inputs).toHaveLength(2)
    const costInFlight = String(attempt(7).gasLimit * attempt(7).maxFeePerGas)
    expect(signing.inputs[1]).toEqual({
      request: request('batch-2'),
      nonce: 8,
      highest: null,
      pricing: 'raise',
      costInFlight,
    })
    await sign(attempt(8, { batchId: 'batch-2' }))
    store(attempt(8))
    expect(state()).toEqual({ Ready: 'Idle' })
  })

  it('delivers a signed attempt only after the attempt is stored', async () => {
    const { stage, ask, sign, store, state } = await ready()
    const signed = attempt(7)
    ask('batch-1')
    await sign(signed)
    expect(stage.receivedBy('requestTracker')).toEqual([
      {
        type: 'record.requested',
        writes: [{ type: 'attempt.signed', attempt: signed }],
        reply: { to: 'wallet', token: signed.hash },
        onFailure: 'retry',
      },
    ])
    store(attempt(6))
    expect(state()).toEqual({ Ready: 'Recording' })
    expect(stage.receivedBy('opsBatcher')).toEqual([])
    store(signed)
    expect(stage.receivedBy('opsBatcher')).toEqual([delivered(signed)])
    expect(stage.emitted).toEqual([
      { type: 'wallet.observed', balance: '1000', nextNonce: 8, inFlight: 1, at: START },
    ])
  })

  it('repeats the request with an unchanged nonce when signing fails', async () => {
    const { stage, ask, signing, serve, state, context } = await ready()
    ask('batch-1')
    ask('batch-2')
    await signing.reject('no fee history')
    expect(state()).toEqual({ Ready: 'Pausing' })
    expect(context().failure).toBe('no fee history')
    await stage.advance(1_000)
    expect(signing.inputs[1]).toEqual(signing.inputs[0])
    await serve(attempt(7))
    expect(stage.receivedBy('opsBatcher')).toEqual([delivered(attempt(7))])
  })
})

describe('wallet with requests in every state', () => {
  it('queues requests before the first reading, in order', async () => {
    const { ask, tell, signing, serve } = setting()
    ask('batch-1')
    ask('batch-2')
    expect(signing.inputs).toEqual([])
    await tell(7)
    await serve(attempt(7))
    expect(signing.inputs.map((input) => input.request.batchId)).toEqual(['batch-1', 'batch-2'])
  })

  it('queues requests while the chain does not answer', async () => {
    const { stage, ask, reading, tell, signing } = setting()
    await reading.reject('no route')
    ask('batch-1')
    await stage.advance(1_000)
    await tell(7)
    expect(signing.inputs).toHaveLength(1)
  })

  it('queues requests during a reading and while an attempt is stored', async () => {
    const { see, ask, tell, sign, store, signing, state } = await ready()
    see(2)
    expect(state()).toEqual({ Ready: 'Refreshing' })
    ask('batch-1')
    expect(signing.inputs).toEqual([])
    await tell(7)
    await sign(attempt(7))
    ask('batch-2')
    expect(state()).toEqual({ Ready: 'Recording' })
    store(attempt(7))
    expect(signing.inputs.map((input) => input.request.batchId)).toEqual(['batch-1', 'batch-2'])
  })

  it('queues requests during a pause', async () => {
    const { stage, ask, askReplacement, signing, state } = await ready(7, [attempt(7)])
    ask('batch-2')
    await signing.reject('timeout')
    ask('batch-3')
    askReplacement('batch-1', 7)
    expect(state()).toEqual({ Ready: 'Pausing' })
    await stage.advance(1_000)
    expect(signing.inputs.at(-1)?.request.batchId).toBe('batch-1')
  })

  it('queues requests with low funds', async () => {
    const { ask, tell, read, state, signing } = setting()
    await tell(7, '999')
    ask('batch-1')
    expect(state()).toEqual({ LowFunds: 'Waiting' })
    await read(2, 7, '1000')
    expect(signing.inputs).toHaveLength(1)
  })
})

describe('wallet with a request for a replacement', () => {
  it('signs at the nonce of the batch with the highest fees so far, and new nonces are not affected', async () => {
    const { ask, askReplacement, signing, serve, context } = await ready()
    ask('batch-1')
    await serve(attempt(7))
    askReplacement('batch-1', 7)
    expect(signing.inputs[1]).toEqual({
      request: request('batch-1'),
      nonce: 7,
      highest: HIGHEST,
      pricing: 'raise',
      costInFlight: '0',
    })
    await serve(raised)
    expect(context().nonces.tracked).toEqual([
      { nonce: 7, batchId: 'batch-1', hashes: [attempt(7).hash, raised.hash], maxCost: expect.any(String) },
    ])
    ask('batch-2')
    expect(signing.inputs[2]?.nonce).toBe(8)
  })

  it('refuses when the fee cap leaves no room, and serves the next request', async () => {
    const { stage, askReplacement, ask, signing, state } = await ready(7, [attempt(7)])
    askReplacement('batch-1', 7)
    ask('batch-2')
    await signing.resolve({ type: 'capped' })
    expect(stage.receivedBy('opsBatcher')).toEqual([refused('batch-1')])
    expect(state()).toEqual({ Ready: 'Signing' })
    const costInFlight = String(attempt(7).gasLimit * attempt(7).maxFeePerGas)
    expect(signing.inputs[1]).toEqual({
      request: request('batch-2'),
      nonce: 8,
      highest: null,
      pricing: 'raise',
      costInFlight,
    })
  })

  it('answers a repeated request once', async () => {
    const { ask, askReplacement, signing, serve, state } = await ready(7, [
      attempt(7),
      attempt(8, { batchId: 'batch-2' }),
    ])
    ask('batch-3')
    askReplacement('batch-1', 7)
    askReplacement('batch-2', 8)
    askReplacement('batch-1', 7)
    await serve(attempt(9, { batchId: 'batch-3' }))
    askReplacement('batch-1', 7)
    await serve(raised)
    await serve(attempt(8, { maxFeePerGas: 12, batchId: 'batch-2' }))
    expect(signing.inputs.map(({ nonce }) => nonce)).toEqual([9, 7, 8])
    expect(state()).toEqual({ Ready: 'Idle' })
    askReplacement('batch-1', 7)
    expect(signing.inputs).toHaveLength(4)
  })

  it('signs the cancel when a batch requests a cancel after an unanswered replacement', async () => {
    const { ask, askReplacement, askCancel, serve, signing } = await ready(7, [attempt(7)])
    ask('batch-2')
    askReplacement('batch-1', 7)
    askCancel('batch-1', 7)
    await serve(attempt(8, { batchId: 'batch-2' }))
    expect(signing.inputs.at(-1)).toEqual({
      request: cancelRequest('batch-1'),
      nonce: 7,
      highest: HIGHEST,
      pricing: 'raise',
      costInFlight: String(attempt(8).gasLimit * attempt(8).maxFeePerGas),
    })
  })

  it('serves requests for given nonces before new nonces, the lowest first', async () => {
    const { ask, askReplacement, serve, signing } = await ready(7, [
      attempt(7),
      attempt(8, { batchId: 'batch-2' }),
    ])
    ask('batch-3')
    ask('batch-4')
    ask('batch-5')
    askReplacement('batch-2', 8)
    askReplacement('batch-1', 7)
    for (const [index, nonce] of [9, 7, 8, 10, 11].entries()) {
      await serve(attempt(nonce, { batchId: signing.inputs[index]?.request.batchId ?? '' }))
    }
    const served = signing.inputs.map((input) => input.request.batchId)
    expect(served).toEqual(['batch-3', 'batch-1', 'batch-2', 'batch-4', 'batch-5'])
  })

  it('refuses a queued request for a settled nonce', async () => {
    const { stage, ask, askReplacement, settle, signing, sign, store } = await ready(7, [attempt(7)])
    ask('batch-2')
    askReplacement('batch-1', 7)
    ask('batch-3')
    await sign(attempt(8, { batchId: 'batch-2' }))
    settle(7)
    store(attempt(8))
    expect(signing.inputs.map((input) => input.request.batchId)).toEqual(['batch-2', 'batch-3'])
    expect(stage.receivedBy('opsBatcher').at(-1)).toEqual(refused('batch-1'))
  })

  it('refuses a request for a consumed nonce', async () => {
    const { stage, askReplacement, read, signing } = await ready(7, [attempt(7)])
    await read(2, 8)
    askReplacement('batch-1', 7)
    expect(stage.receivedBy('opsBatcher').at(-1)).toEqual(refused('batch-1'))
    expect(signing.inputs).toEqual([])
  })

  it('refuses a replacement that the balance does not cover, and serves the next request', async () => {
    const { stage, ask, askReplacement, signing, state } = await ready(7, [attempt(7)])
    askReplacement('batch-1', 7)
    ask('batch-2')
    await signing.resolve({ type: 'unaffordable', balance: '999' })
    expect(stage.receivedBy('opsBatcher').at(-1)).toEqual(refused('batch-1'))
    expect(state()).toEqual({ Ready: 'Signing' })
    const costInFlight = String(attempt(7).gasLimit * attempt(7).maxFeePerGas)
    expect(signing.inputs[1]).toEqual({
      request: request('batch-2'),
      nonce: 8,
      highest: null,
      pricing: 'raise',
      costInFlight,
    })
  })

  it('does not track a replacement if the nonce was settled during the signature', async () => {
    const { askReplacement, settle, serve, context } = await ready(7, [attempt(7)])
    askReplacement('batch-1', 7)
    settle(7)
    await serve(raised)
    expect(context().nonces).toEqual({ chainNonce: 8, floor: 8, tracked: [] })
  })

  it('refuses a replacement of a settled nonce, also if a reorg has reopened the nonce', async () => {
    const { stage, askReplacement, settle, reorg, read, context } = await ready(7, [attempt(7)])
    settle(7)
    reorg(2)
    await read(2, 7)
    askReplacement('batch-1', 7)
    expect(stage.receivedBy('opsBatcher').at(-1)).toEqual(refused('batch-1'))
    expect(context().nonces.tracked).toEqual([])
  })
})

describe('wallet with a withdrawn request', () => {
  const withdrawn = { type: 'signature.withdrawn', batchId: 'batch-2' } as const
  const refusal = { type: 'batch.addressed', batchId: 'batch-2', message: { type: 'signature.refused' } }

  it('refuses a request that waits, and does not sign it later', async () => {
    const { wallet, stage, ask, serve, signing } = await ready()
    ask('batch-1')
    ask('batch-2')
    wallet.send(withdrawn)
    expect(stage.receivedBy('opsBatcher')).toEqual([refusal])
    wallet.send(withdrawn)
    expect(stage.receivedBy('opsBatcher')).toEqual([refusal])
    await serve(attempt(7))
    expect(signing.inputs).toHaveLength(1)
  })

  it('delivers the attempt if the request is being signed', async () => {
    const { wallet, stage, ask, serve } = await ready()
    ask('batch-2')
    wallet.send(withdrawn)
    const signed = attempt(7, { batchId: 'batch-2' })
    await serve(signed)
    expect(stage.receivedBy('opsBatcher')).toEqual([delivered(signed)])
  })

  it('keeps a request for a replacement: a transaction of the batch may be included', async () => {
    const { wallet, stage, ask, askReplacement } = await ready(7, [attempt(7, { batchId: 'batch-2' })])
    ask('batch-1')
    askReplacement('batch-2', 7)
    wallet.send(withdrawn)
    expect(stage.receivedBy('opsBatcher')).toEqual([])
  })
})

describe('wallet with low funds', () => {
  it('announces wallet.unavailable below the minimum, and reads again at every block', async () => {
    const { stage, reading, tell, state, ask, signing, see } = setting()
    await tell(7, '999')
    expect(state()).toEqual({ LowFunds: 'Waiting' })
    expect(stage.receivedBy('opsBatcher')).toEqual([{ type: 'wallet.unavailable' }])
    ask('batch-1')
    expect(signing.inputs).toEqual([])
    see(2)
    expect(state()).toEqual({ LowFunds: 'Reading' })
    await tell(7, '999')
    expect(state()).toEqual({ LowFunds: 'Waiting' })
    see(3)
    await tell(7, '1000')
    expect(reading.inputs).toHaveLength(3)
    expect(stage.receivedBy('opsBatcher').at(-1)).toEqual({ type: 'wallet.available' })
    expect(signing.inputs).toHaveLength(1)
  })

  it('reports low funds once, and again after a signature', async () => {
    const { stage, tell, read, ask, serve } = setting()
    const low = {
      ...{
        type: 'wallet.low',
        address: ADDRESS,
        balance: '999',
        minBalance: '1000',
        reason: null,
        at: START,
      },
    }
    await tell(7, '999')
    await read(2, 7, '999')
    expect(stage.emittedOf('wallet.low')).toEqual([low])
    await read(3, 7, '1000')
    ask('batch-1')
    await serve(attempt(7))
    await read(4, 8, '999')
    expect(stage.emittedOf('wallet.low')).toEqual([low, low])
  })

  it('notices low funds at the next block', async () => {
    const { stage, read, state } = await ready()
    await read(2, 7, '999')
    expect(state()).toEqual({ LowFunds: 'Waiting' })
    expect(stage.receivedBy('opsBatcher')).toEqual([{ type: 'wallet.unavailable' }])
  })

  it('reads at the next block when a reading fails', async () => {
    const { stage, reading, tell, see, state, context } = setting()
    await tell(7, '999')
    see(2)
    await reading.reject('timeout')
    expect(state()).toEqual({ LowFunds: 'Waiting' })
    expect(context().failure).toBe('timeout')
    see(3)
    await tell(7, '1000', 3)
    expect(state()).toEqual({ Ready: 'Idle' })
    expect(stage.receivedBy('opsBatcher')).toEqual([
      { type: 'wallet.unavailable' },
      { type: 'wallet.available' },
    ])
  })

  it('compares balances above the range of a double', async () => {
    const { tell, state } = setting()
    await tell(7, '115792089237316195423570985008687907853269984665640564039457584007913129639935')
    expect(state()).toEqual({ Ready: 'Idle' })
  })

  it('queues a request that the balance does not cover, and signs when the funds suffice', async () => {
    const { stage, ask, signing, read, serve, state, context } = await ready()
    ask('batch-1')
    await signing.resolve({ type: 'unaffordable', balance: '1500' })
    expect(state()).toEqual({ LowFunds: 'Waiting' })
    expect(context().balance).toBe('1500')
    expect(stage.receivedBy('opsBatcher')).toEqual([{ type: 'wallet.unavailable' }])
    await read(2, 7, '9000')
    expect(signing.inputs[1]).toEqual(signing.inputs[0])
    await serve(attempt(7))
    expect(stage.receivedBy('opsBatcher')).toEqual([
      { type: 'wallet.unavailable' },
      { type: 'wallet.available' },
      delivered(attempt(7)),
    ])
  })
})
