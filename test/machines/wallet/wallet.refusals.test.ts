/** The wallet after refusals of nodes, and while its effects fail. */
import { describe, expect, it } from 'vitest'
import { attempt } from '../support/samples.ts'
import { START } from '../support/stage.ts'
import { ADDRESS, delivered, ready, setting } from '../support/wallet.ts'

const FUNDS = { type: 'funds.insufficient', batchId: 'batch-1', words: 'insufficient funds' } as const
const CONFIG = { type: 'configuration.refused', batchId: 'batch-1', words: 'invalid sender' } as const

describe('wallet whose transaction is refused for insufficient funds', () => {
  it('signs nothing until the balance rises', async () => {
    const { stage, wallet, read, ask, signing, state } = await ready(7, [attempt(7)])
    wallet.send(FUNDS)
    ask('batch-2')
    expect(state()).toEqual({ LowFunds: 'Waiting' })
    expect(stage.receivedBy('opsBatcher').at(-1)).toEqual({ type: 'wallet.unavailable' })
    expect(stage.emittedOf('wallet.low')).toMatchObject([{ balance: '1000', reason: 'insufficient funds' }])
    await read(2, 7, '1000')
    await read(3, 7, '999')
    expect(signing.inputs).toEqual([])
    await read(4, 7, '1001')
    expect(state()).toEqual({ Ready: 'Signing' })
  })

  it('refuses replacements, waiting or new, so that their batches send the same bytes again', async () => {
    const { stage, wallet, ask, askReplacement, signing, state } = await ready(7, [attempt(7), attempt(8)])
    ask('batch-9')
    askReplacement('batch-1', 7)
    wallet.send(FUNDS)
    await signing.resolve({ type: 'unaffordable', balance: '1000' })
    askReplacement('batch-1', 8)
    expect(state()).toEqual({ LowFunds: 'Waiting' })
    const refused = { type: 'batch.addressed', batchId: 'batch-1', message: { type: 'signature.refused' } }
    expect(stage.receivedBy('opsBatcher').filter(({ type }) => type === 'batch.addressed')).toEqual([
      refused,
      refused,
    ])
    expect(wallet.getSnapshot().context.requests.map(({ request }) => request.batchId)).toEqual(['batch-9'])
  })

  it('goes on when one of its transactions is included, because the pool then requires less', async () => {
    const { wallet, read, state } = await ready(7, [attempt(7)])
    wallet.send(FUNDS)
    await read(2, 8, '1000')
    expect(state()).toEqual({ Ready: 'Idle' })
  })

  it('goes on when none of its transactions is in flight: the refused one was included before', async () => {
    const { wallet, read, state } = await ready(8, [attempt(7)])
    wallet.send(FUNDS)
    await read(2, 8, '1000')
    expect(state()).toEqual({ Ready: 'Idle' })
  })

  it('counts the balance at the newest refusal', async () => {
    const { wallet, read, state } = await ready(7, [attempt(7)])
    wallet.send(FUNDS)
    await read(2, 7, '2000')
    wallet.send(FUNDS)
    await read(3, 7, '2000')
    expect(state()).toEqual({ LowFunds: 'Waiting' })
  })

  it('still delivers the attempt in signing', async () => {
    const { stage, wallet, ask, serve, state } = await ready()
    ask('batch-1')
    wallet.send(FUNDS)
    await serve(attempt(7))
    expect(stage.receivedBy('opsBatcher')).toContainEqual(delivered(attempt(7)))
    expect(state()).toEqual({ LowFunds: 'Waiting' })
  })
})

describe('wallet whose transaction is refused for a reason that only the operator can change', () => {
  it('signs nothing, whatever the balance is, and says why once', async () => {
    const { stage, wallet, read, ask, signing, state } = await ready(7, [attempt(7)])
    wallet.send(CONFIG)
    wallet.send(CONFIG)
    ask('batch-2')
    expect(state()).toEqual({ Stopped: 'Waiting' })
    expect(stage.receivedBy('opsBatcher').at(-1)).toEqual({ type: 'wallet.unavailable' })
    await read(2, 7, '9000')
    expect(state()).toEqual({ Stopped: 'Waiting' })
    expect(signing.inputs).toEqual([])
    expect(stage.emittedOf('wallet.stopped')).toEqual([
      { type: 'wallet.stopped', address: ADDRESS, reason: 'invalid sender', at: START },
    ])
  })

  it('goes on when one of its transactions is included, and others are in flight', async () => {
    const { stage, wallet, read, state } = await ready(7, [attempt(7), attempt(8)])
    wallet.send(CONFIG)
    await read(2, 8)
    expect(state()).toEqual({ Ready: 'Idle' })
    expect(stage.receivedBy('opsBatcher').at(-1)).toEqual({ type: 'wallet.available' })
  })
})

describe('wallet whose effect keeps failing', () => {
  const HALF = 15_000

  it('reports a failing signature once after the stall timeout, and its end', async () => {
    const { stage, ask, signing, sign } = await ready()
    ask('batch-1')
    for (let times = 0; times < 4; times += 1) {
      await signing.reject(Object.assign(new Error('call failed'), { details: 'no such method' }))
      await stage.advance(HALF)
    }
    const common = { actor: 'wallet', batchId: null, effect: 'signAttempt', since: START }
    expect(stage.emittedOf('failure.persisted')).toEqual([
      { type: 'failure.persisted', ...common, reason: 'no such method', at: START + 2 * HALF },
    ])
    await sign(attempt(7))
    expect(stage.emittedOf('failure.ended')).toEqual([
      { type: 'failure.ended', ...common, at: START + 4 * HALF },
    ])
  })

  it('reports a failing reading from the start, and shows the reason', async () => {
    const { stage, reading, context, tell } = setting()
    for (let times = 0; times < 3; times += 1) {
      await reading.reject('the node answers null')
      await stage.advance(HALF)
    }
    expect(stage.emittedOf('failure.persisted')).toMatchObject([
      { effect: 'readAccount', reason: 'the node answers null' },
    ])
    expect(context().failing).toMatchObject({ readAccount: { isPersistent: true } })
    await tell(7)
    expect(stage.emittedOf('failure.ended')).toHaveLength(1)
    expect(context().failing).toEqual({})
  })

  it('reports no failure that ends before the stall timeout', async () => {
    const { stage, see, reading, read } = await ready()
    see(2)
    await reading.reject('timeout')
    await stage.advance(HALF)
    await read(3, 7)
    await stage.advance(HALF)
    see(4)
    await reading.reject('timeout')
    expect(stage.emittedOf('failure.persisted')).toEqual([])
  })
})
