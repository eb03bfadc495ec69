import { describe, expect, it } from 'vitest'
import { createActor } from 'xstate'
import type { TransactionAttempt } from '../../src/domain/batch.ts'
import type { Address } from '../../src/domain/primitives.ts'
import { ACTORS, type Fees, type TransactionRequest } from '../../src/machines/protocol.ts'
import {
  type SignInput,
  type SignOutcome,
  type WalletReading,
  walletMachine,
} from '../../src/machines/wallet.ts'
import { Deferred } from './support/deferred.ts'
import { address, attempt, block, chainState } from './support/samples.ts'
import { START, Stage } from './support/stage.ts'

const REFRESH = 10_000
const ADDRESS = address('a')
const HIGHEST: Fees = { maxFeePerGas: 10, maxPriorityFeePerGas: 1 }

function setting(attempts: readonly TransactionAttempt[] = []) {
  const stage = new Stage(ACTORS.wallet)
  const reading = new Deferred<WalletReading, { readonly address: Address }>(stage)
  const signing = new Deferred<SignOutcome, SignInput>(stage)
  const machine = walletMachine.provide({
    actors: { readWallet: reading.logic, signTransaction: signing.logic },
  })
  const wallet = createActor(machine, {
    parent: stage.parent,
    systemId: ACTORS.wallet,
    input: { address: ADDRESS, minBalance: '1000', refreshInterval: REFRESH, now: stage.now, attempts },
  }).start()

  const tell = (chainNonce: number, balance = '1000') =>
    reading.resolve({ chainNonce, balance, at: stage.now() })
  const state = () => wallet.getSnapshot().value
  const context = () => wallet.getSnapshot().context
  const seeBlock = () => wallet.send({ type: 'block.observed', head: block(1), chain: chainState() })
  const ask = (batchId: string) => wallet.send({ type: 'signature.requested', request: request(batchId) })
  const askReplacement = (batchId: string, nonce: number) =>
    wallet.send({ type: 'replacement.requested', request: request(batchId), nonce, highest: HIGHEST })
  const settle = (nonce: number) => wallet.send({ type: 'nonce.settled', nonce })
  const sign = (signed: TransactionAttempt) => signing.resolve({ type: 'signed', attempt: signed })
  const store = (signed: TransactionAttempt) => wallet.send({ type: 'recorded', token: signed.hash })
  /** A request's whole way. */
  const serve = async (signed: TransactionAttempt) => {
    await sign(signed)
    store(signed)
  }
  return {
    ...{ stage, reading, signing, wallet, tell, state, context, seeBlock },
    ...{ ask, askReplacement, settle, sign, store, serve },
  }
}

/** A wallet that knows its nonce and balance. */
async function ready(chainNonce = 7, attempts: readonly TransactionAttempt[] = []) {
  const all = setting(attempts)
  await all.tell(chainNonce)
  all.stage.forget()
  return all
}

function request(batchId: string): TransactionRequest {
  return { batchId, to: address('2'), data: '0x02', gasLimit: 500_000 }
}

/** What the opsBatcher hears when a signed transaction is delivered. */
function delivered(signed: TransactionAttempt) {
  const message = { type: 'transaction.signed', attempt: signed }
  return { type: 'batch.addressed', batchId: signed.batchId, message }
}

describe('wallet at the start', () => {
  it('reads nonce and balance, and then says that it can send', async () => {
    const { stage, reading, tell, state } = setting()
    expect(state()).toBe('Syncing')
    expect(reading.inputs).toEqual([{ address: ADDRESS }])
    expect(stage.conversation).toEqual([])
    await tell(7, '5000')
    expect(state()).toEqual({ Ready: 'Idle' })
    expect(stage.heardBy('opsBatcher')).toEqual([{ type: 'wallet.available' }])
    expect(stage.emitted).toEqual([
      { type: 'wallet.observed', balance: '5000', nextNonce: 7, inFlight: 0, at: START },
    ])
  })

  it('tries again after a pause when the chain does not answer', async () => {
    const { stage, reading, tell, state, context } = setting()
    await reading.reject('no route')
    expect(state()).toBe('Unreachable')
    expect(context().failure).toBe('Error: no route')
    await stage.advance(999)
    expect(reading.inputs).toHaveLength(1)
    await stage.advance(1)
    expect(state()).toBe('Syncing')
    await tell(7)
    expect(state()).toEqual({ Ready: 'Idle' })
    expect(context().failure).toBeNull()
  })

  it('goes on after what was signed before a restart, although the chain has not seen it', async () => {
    const { ask, signing, stage } = await ready(7, [attempt(7), attempt(7, { maxFeePerGas: 12 }), attempt(8)])
    ask('batch-3')
    expect(signing.inputs[0]?.nonce).toBe(9)
    await stage.settle()
  })

  it('keeps requests that come before it is ready, in order', async () => {
    const { ask, tell, signing, serve } = setting()
    ask('batch-1')
    ask('batch-2')
    expect(signing.inputs).toEqual([])
    await tell(7)
    await serve(attempt(7))
    expect(signing.inputs.map((input) => input.request.batchId)).toEqual(['batch-1', 'batch-2'])
  })
})

describe('wallet signing', () => {
  it('signs one transaction at a time, with consecutive nonces', async () => {
    const { ask, signing, sign, store, state } = await ready()
    ask('batch-1')
    ask('batch-2')
    expect(state()).toEqual({ Ready: 'Signing' })
    expect(signing.inputs).toEqual([{ request: request('batch-1'), nonce: 7, highest: null }])
    await sign(attempt(7))
    expect(state()).toEqual({ Ready: 'Recording' })
    expect(signing.inputs).toHaveLength(1)
    store(attempt(7))
    expect(signing.inputs).toHaveLength(2)
    expect(signing.inputs[1]).toEqual({ request: request('batch-2'), nonce: 8, highest: null })
    await sign(attempt(8, { batchId: 'batch-2' }))
    store(attempt(8))
    expect(state()).toEqual({ Ready: 'Idle' })
  })

  it('hands a signed transaction out only when it is on disk', async () => {
    const { stage, ask, sign, store, state } = await ready()
    const signed = attempt(7)
    ask('batch-1')
    await sign(signed)
    expect(stage.heardBy('requestTracker')).toEqual([
      {
        type: 'record.requested',
        writes: [{ type: 'attempt.signed', attempt: signed }],
        reply: { to: 'wallet', token: signed.hash },
        onFailure: 'retry',
      },
    ])
    store(attempt(6))
    expect(state()).toEqual({ Ready: 'Recording' })
    expect(stage.heardBy('opsBatcher')).toEqual([])
    store(signed)
    expect(stage.heardBy('opsBatcher')).toEqual([delivered(signed)])
    expect(stage.emitted).toEqual([
      { type: 'wallet.observed', balance: '1000', nextNonce: 8, inFlight: 1, at: START },
    ])
  })

  it('tries the same request with the same nonce again when signing fails', async () => {
    const { stage, ask, signing, serve, state, context } = await ready()
    ask('batch-1')
    ask('batch-2')
    await signing.reject('no fee history')
    expect(state()).toEqual({ Ready: 'Pausing' })
    expect(context().failure).toBe('Error: no fee history')
    await stage.advance(1_000)
    expect(signing.inputs[1]).toEqual(signing.inputs[0])
    await serve(attempt(7))
    expect(stage.heardBy('opsBatcher')).toEqual([delivered(attempt(7))])
  })
})

describe('wallet replacing', () => {
  it('signs the same nonce again and tells the signer what to outbid; new nonces are not affected', async () => {
    const { ask, askReplacement, signing, serve, context } = await ready()
    const raised = attempt(7, { maxFeePerGas: 12 })
    ask('batch-1')
    await serve(attempt(7))
    askReplacement('batch-1', 7)
    expect(signing.inputs[1]).toEqual({ request: request('batch-1'), nonce: 7, highest: HIGHEST })
    await serve(raised)
    expect(context().nonces.tracked).toEqual([
      { nonce: 7, batchId: 'batch-1', hashes: [attempt(7).hash, raised.hash] },
    ])
    ask('batch-2')
    expect(signing.inputs[2]?.nonce).toBe(8)
  })

  it('refuses when the fee cap leaves no room, and serves the next', async () => {
    const { stage, askReplacement, ask, signing, state } = await ready(7, [attempt(7)])
    askReplacement('batch-1', 7)
    ask('batch-2')
    await signing.resolve({ type: 'capped' })
    expect(stage.heardBy('opsBatcher')).toEqual([
      { type: 'batch.addressed', batchId: 'batch-1', message: { type: 'replacement.refused' } },
    ])
    expect(state()).toEqual({ Ready: 'Signing' })
    expect(signing.inputs[1]).toEqual({ request: request('batch-2'), nonce: 8, highest: null })
  })

  it('answers once a batch that has asked again before it was answered', async () => {
    const { ask, askReplacement, signing, serve, state } = await ready(7, [attempt(7), attempt(8)])
    ask('batch-3')
    askReplacement('batch-1', 7)
    askReplacement('batch-2', 8)
    askReplacement('batch-1', 7)
    await serve(attempt(9, { batchId: 'batch-3' }))
    askReplacement('batch-1', 7)
    await serve(attempt(7, { maxFeePerGas: 12 }))
    await serve(attempt(8, { maxFeePerGas: 12 }))
    expect(signing.inputs.map(({ nonce }) => nonce)).toEqual([9, 7, 8])
    expect(state()).toEqual({ Ready: 'Idle' })
    askReplacement('batch-1', 7)
    expect(signing.inputs).toHaveLength(4)
  })

  it('does not replace what was settled before its turn came', async () => {
    const { stage, ask, askReplacement, settle, signing, sign, store } = await ready(7, [attempt(7)])
    ask('batch-2')
    askReplacement('batch-1', 7)
    ask('batch-3')
    await sign(attempt(8, { batchId: 'batch-2' }))
    settle(7)
    store(attempt(8))
    expect(signing.inputs.map((input) => input.request.batchId)).toEqual(['batch-2', 'batch-3'])
    expect(stage.heardBy('opsBatcher')).toHaveLength(1)
  })

  it('refuses a replacement that it cannot pay for, and serves who comes next', async () => {
    const { stage, ask, askReplacement, signing, state } = await ready(7, [attempt(7)])
    askReplacement('batch-1', 7)
    ask('batch-2')
    await signing.resolve({ type: 'unaffordable', balance: '999' })
    expect(stage.heardBy('opsBatcher').at(-1)).toEqual({
      type: 'batch.addressed',
      batchId: 'batch-1',
      message: { type: 'replacement.refused' },
    })
    expect(state()).toEqual({ Ready: 'Signing' })
    expect(signing.inputs[1]).toEqual({ request: request('batch-2'), nonce: 8, highest: null })
  })

  it('forgets a replacement whose nonce was settled while it was signed', async () => {
    const { askReplacement, settle, serve, context } = await ready(7, [attempt(7)])
    askReplacement('batch-1', 7)
    settle(7)
    await serve(attempt(7, { maxFeePerGas: 12 }))
    expect(context().nonces).toEqual({ chainNonce: 8, tracked: [] })
  })
})

describe('wallet and money', () => {
  it('says that it cannot send below the minimum, and looks again at every block', async () => {
    const { stage, reading, tell, state, ask, signing, seeBlock } = setting()
    await tell(7, '999')
    expect(state()).toBe('LowFunds')
    expect(stage.heardBy('opsBatcher')).toEqual([{ type: 'wallet.unavailable' }])
    ask('batch-1')
    expect(signing.inputs).toEqual([])
    seeBlock()
    expect(state()).toBe('Syncing')
    await tell(7, '999')
    expect(state()).toBe('LowFunds')
    seeBlock()
    await tell(7, '1000')
    expect(reading.inputs).toHaveLength(3)
    expect(stage.heardBy('opsBatcher').at(-1)).toEqual({ type: 'wallet.available' })
    expect(signing.inputs).toHaveLength(1)
  })

  it('compares balances that no double holds', async () => {
    const { tell, state } = setting()
    await tell(7, '115792089237316195423570985008687907853269984665640564039457584007913129639935')
    expect(state()).toEqual({ Ready: 'Idle' })
  })

  it('keeps a request that the balance does not cover, and signs it when there is more', async () => {
    const { stage, ask, signing, tell, serve, state, context, seeBlock } = await ready()
    ask('batch-1')
    await signing.resolve({ type: 'unaffordable', balance: '1500' })
    expect(state()).toBe('LowFunds')
    expect(context().balance).toBe('1500')
    expect(stage.heardBy('opsBatcher')).toEqual([{ type: 'wallet.unavailable' }])
    seeBlock()
    await tell(7, '9000')
    expect(signing.inputs[1]).toEqual(signing.inputs[0])
    await serve(attempt(7))
    expect(stage.heardBy('opsBatcher')).toEqual([
      { type: 'wallet.unavailable' },
      { type: 'wallet.available' },
      delivered(attempt(7)),
    ])
  })
})

describe('wallet and the chain', () => {
  it('reads again at a block when the last reading is old', async () => {
    const { stage, reading, tell, state, seeBlock } = await ready()
    await stage.advance(REFRESH - 1)
    seeBlock()
    expect(state()).toEqual({ Ready: 'Idle' })
    await stage.advance(1)
    seeBlock()
    expect(state()).toBe('Syncing')
    await tell(9)
    expect(reading.inputs).toHaveLength(2)
    expect(stage.emitted.at(-1)).toMatchObject({ type: 'wallet.observed', nextNonce: 9 })
  })

  it('does not read while it signs', async () => {
    const { stage, reading, ask, state, seeBlock } = await ready()
    ask('batch-1')
    await stage.advance(REFRESH)
    seeBlock()
    expect(state()).toEqual({ Ready: 'Signing' })
    expect(reading.inputs).toHaveLength(1)
  })

  it('drops a settled nonce and says how many are in flight', async () => {
    const { stage, settle, context } = await ready(7, [attempt(7), attempt(8)])
    settle(7)
    expect(context().nonces).toMatchObject({ chainNonce: 8, tracked: [{ nonce: 8 }] })
    expect(stage.emitted).toEqual([
      { type: 'wallet.observed', balance: '1000', nextNonce: 9, inFlight: 1, at: START },
    ])
  })

  it('does not go back when an endpoint lags behind', async () => {
    const { stage, settle, tell, ask, signing, seeBlock } = await ready(7, [attempt(7)])
    settle(7)
    await stage.advance(REFRESH)
    seeBlock()
    await tell(7)
    ask('batch-2')
    expect(signing.inputs[0]?.nonce).toBe(8)
  })

  it('jumps ahead when somebody else has used its key', async () => {
    const { stage, tell, ask, signing, seeBlock } = await ready(7, [attempt(7)])
    await stage.advance(REFRESH)
    seeBlock()
    await tell(12)
    ask('batch-2')
    expect(signing.inputs[0]?.nonce).toBe(12)
  })
})
