/** A wallet whose effects the test answers. */
import { createActor } from 'xstate'
import type { TransactionAttempt } from '../../../src/domain/batch.ts'
import {
  ACTORS,
  type Fees,
  type SignatureRequested,
  type TransactionRequest,
} from '../../../src/machines/protocol.ts'
import type { ReadInput, SignInput, SignResult, WalletReading } from '../../../src/machines/wallet/context.ts'
import { walletMachine } from '../../../src/machines/wallet/wallet.ts'
import { Deferred } from './deferred.ts'
import { address, attempt, block, chainState } from './samples.ts'
import { Stage } from './stage.ts'

export const ADDRESS = address('a')
export const HIGHEST: Fees = { maxFeePerGas: 10, maxPriorityFeePerGas: 1 }

/** Fees of a first attempt. */
export const MARKET: Fees = { maxFeePerGas: 9, maxPriorityFeePerGas: 1 }

/** The replacement at nonce 7. */
export const raised = attempt(7, { maxFeePerGas: 12 })

/** @param nextNonce as known from the store */
export function setting(attempts: readonly TransactionAttempt[] = [], nextNonce: number | null = null) {
  const stage = new Stage(ACTORS.wallet)
  const reading = new Deferred<WalletReading, ReadInput>(stage)
  const signing = new Deferred<SignResult, SignInput>(stage)
  const machine = walletMachine.provide({
    actors: { readAccount: reading.logic, signAttempt: signing.logic },
  })
  const wallet = createActor(machine, {
    parent: stage.parent,
    systemId: ACTORS.wallet,
    input: {
      address: ADDRESS,
      minBalance: '1000',
      now: stage.now,
      stallTimeout: 30_000,
      attempts,
      nextNonce,
    },
  }).start()

  /** Answers a reading, in the requested block or in block 1. */
  const tell = (
    chainNonce: number,
    balance = '1000',
    blockNumber = reading.inputs.at(-1)?.blockNumber ?? 1,
  ) => reading.resolve({ chainNonce, balance, blockNumber, at: stage.now() })
  const state = () => wallet.getSnapshot().value
  const context = () => wallet.getSnapshot().context
  const see = (number: number) =>
    wallet.send({ type: 'block.observed', head: block(number), chain: chainState() })
  /** Shows a block, and answers the reading at the block. */
  const read = (number: number, chainNonce: number, balance?: string) => {
    see(number)
    return tell(chainNonce, balance)
  }
  /** A reorg whose new head is the block. */
  const reorg = (number: number) =>
    wallet.send({ type: 'chain.reorged', depth: 1, orphanedFrom: number, head: block(number) })
  const ask = (batchId: string) => wallet.send(requested(request(batchId), null, null))
  const askReplacement = (batchId: string, nonce: number) =>
    wallet.send(requested(request(batchId), nonce, HIGHEST))
  /** @param highest null for a gap */
  const askCancel = (batchId: string, nonce: number, highest: Fees | null = HIGHEST) =>
    wallet.send(requested(cancelRequest(batchId), nonce, highest))
  const settle = (nonce: number) => wallet.send({ type: 'nonce.settled', nonce })
  const restore = (...restored: readonly TransactionAttempt[]) =>
    wallet.send({ type: 'attempts.restored', attempts: restored })
  const sign = (signed: TransactionAttempt) =>
    signing.resolve({ type: 'signed', attempt: signed, market: MARKET })
  const store = (signed: TransactionAttempt) => wallet.send({ type: 'recorded', token: signed.hash })
  /** Signs and stores an attempt. */
  const serve = async (signed: TransactionAttempt) => {
    await sign(signed)
    store(signed)
  }
  return {
    ...{ stage, reading, signing, wallet, tell, state, context, see, read, reorg },
    ...{ ask, askReplacement, askCancel, settle, restore, sign, store, serve },
  }
}

/** A wallet in `Ready`, after a reading in block 1. */
export async function ready(chainNonce = 7, attempts: readonly TransactionAttempt[] = []) {
  const all = setting(attempts)
  await all.tell(chainNonce)
  all.stage.clear()
  return all
}

/** A wallet in `Healing`: a reorg has orphaned a settled nonce, and two blocks have shown the gap. */
export async function healing() {
  const all = await ready(7, [attempt(7), attempt(8, { batchId: 'batch-2' })])
  all.settle(7)
  all.reorg(2)
  await all.read(2, 7)
  await all.read(3, 7)
  return all
}

function requested(
  wanted: TransactionRequest,
  nonce: number | null,
  highest: Fees | null,
): SignatureRequested {
  return { type: 'signature.requested', request: wanted, nonce, highest, pricing: 'raise' }
}

export function cancelRequest(batchId: string): TransactionRequest {
  return { purpose: 'cancel', batchId, gasLimit: 21_000 }
}

export function request(batchId: string): TransactionRequest {
  return { purpose: 'batch', batchId, plan: 0, to: address('2'), data: '0x02', gasLimit: 500_000 }
}

/** The message to the opsBatcher with a signed attempt. */
export function delivered(signed: TransactionAttempt) {
  const message = { type: 'transaction.signed', attempt: signed, market: MARKET }
  return { type: 'batch.addressed', batchId: signed.batchId, message }
}

/** The message to the opsBatcher about a refused signature. */
export function refused(batchId: string) {
  return { type: 'batch.addressed', batchId, message: { type: 'signature.refused' } }
}

/** The message to the opsBatcher when the nonce of a batch is next. */
export function isNext(batchId: string) {
  return { type: 'batch.addressed', batchId, message: { type: 'nonce.next' } }
}
