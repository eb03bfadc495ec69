/** The guards, actions and effect slots of the wallet's statechart, by name. */
import { assign, emit, enqueueActions, fromPromise, sendTo, setup } from 'xstate'
import type { TransactionAttempt } from '../../domain/batch.ts'
import type { SystemEvent } from '../../domain/events.ts'
import type { Address, Millis, Now, Wei } from '../../domain/primitives.ts'
import { notProvided } from '../notProvided.ts'
import {
  type AttemptsRestored,
  type BatchAddressed,
  type BlockObserved,
  type Fees,
  type NonceSettled,
  type NoncesMissing,
  type Recorded,
  type RecordRequested,
  type SignatureRequested,
  type TransactionRequest,
  to,
  type WalletAvailability,
} from '../protocol.ts'
import {
  headOf,
  isOpen,
  missingNonces,
  type NonceStream,
  nextNonce,
  noNonces,
  ownerOf,
  restoreAttempt,
  settleNonce,
  synchronise,
  trackAttempt,
} from './nonceStream.ts'
import { enqueue as enqueueRequest, isSame, putBack, type Requests } from './requests.ts'

/** What the chain says of the account. */
export interface WalletReading {
  /** Transactions of the account in the block's state: the next nonce that the chain accepts. */
  readonly chainNonce: number
  readonly balance: Wei
  /** The block in whose state this was read. */
  readonly blockNumber: number
  readonly at: Millis
}

export interface ReadInput {
  readonly address: Address
  /** In whose state to read; null for the latest block. */
  readonly blockNumber: number | null
}

export interface SignInput {
  readonly request: TransactionRequest
  readonly nonce: number
  /** Null for a first attempt; else what the replacement must outbid. */
  readonly highest: Fees | null
}

export type SignResult =
  | { readonly type: 'signed'; readonly attempt: TransactionAttempt }
  /** The fee cap leaves no room for a replacement. */
  | { readonly type: 'capped' }
  /** The balance does not cover the transaction at its highest fee. */
  | { readonly type: 'unaffordable'; readonly balance: Wei }

export interface WalletContext {
  readonly address: Address
  readonly minBalance: Wei
  readonly now: Now
  readonly nonces: NonceStream
  readonly balance: Wei | null
  readonly syncedAt: Millis | null
  /** The balance that was last told to be too low; null since something was signed. */
  readonly toldLow: Wei | null
  /** The newest block, while the account has not been read in it. */
  readonly blockDue: number | null
  /** The block at which the stream was first seen with a gap; null while it has none. */
  readonly gapAt: number | null
  /** The nonces of a gap that two blocks have shown. */
  readonly missing: readonly number[]
  readonly requests: Requests
  /** The request whose turn it is. */
  readonly serving: SignatureRequested | null
  /** Signed and on its way to disk. */
  readonly signed: TransactionAttempt | null
  readonly failure: string | null
}

export interface WalletInput {
  readonly address: Address
  readonly minBalance: Wei
  readonly now: Now
  /** Attempts of batches that are not settled, from the store. */
  readonly attempts: readonly TransactionAttempt[]
}

type WalletEvent = SignatureRequested | NonceSettled | AttemptsRestored | BlockObserved | Recorded

/** Most nonces that are filled at a time. */
const MOST_HEALED = 16

export function startContext({ address, minBalance, now, attempts }: WalletInput): WalletContext {
  return {
    address,
    minBalance,
    now,
    nonces: attempts.reduce(restoreAttempt, noNonces),
    balance: null,
    syncedAt: null,
    toldLow: null,
    blockDue: null,
    gapAt: null,
    missing: [],
    requests: [],
    serving: null,
    signed: null,
    failure: null,
  }
}

/**
 * Where to read: in the newest block; or, when the last reading failed, in whatever the endpoint takes for that: it may
 * always be a block behind.
 */
export function refreshInput({ address, blockDue, failure }: WalletContext): ReadInput {
  return { address, blockNumber: failure === null ? blockDue : null }
}

/** What to sign: for the nonce that was asked for, or the next free one. */
export function signInput({ serving, nonces }: WalletContext): SignInput {
  if (serving === null) throw new Error('the wallet signs only when asked')
  const { request, nonce, highest } = serving
  return { request, nonce: nonce ?? nextNonce(nonces), highest }
}

export const walletSetup = setup({
  types: {
    context: {} as WalletContext,
    input: {} as WalletInput,
    events: {} as WalletEvent,
    emitted: {} as SystemEvent,
  },
  actors: {
    readAccount: fromPromise<WalletReading, ReadInput>(notProvided('readAccount')),
    signAttempt: fromPromise<SignResult, SignInput>(notProvided('signAttempt')),
  },
  delays: { retryDelay: 1_000 },
  guards: {
    hasRequest: ({ context }) => context.requests.length > 0,
    /**
     * What another batch stands for is not filled, either: a revived one may have brought its transactions back. And what
     * nobody stands for any more is not replaced: its nonce was settled.
     */
    isObsolete: ({ context: { requests, nonces } }) => {
      const [request] = requests
      if (request === undefined || request.nonce === null) return false
      const owner = ownerOf(nonces, request.nonce)
      const isFree = owner === null && request.highest === null
      return !isOpen(nonces, request.nonce) || (!isFree && owner !== request.request.batchId)
    },
    isBroke: ({ context }) => BigInt(context.balance ?? 0) < BigInt(context.minBalance),
    isReadingDue: ({ context }) => context.blockDue !== null,
    /** Who waits for a given nonce is served first: that may be the very one that fills the gap. */
    hasGap: ({ context }) =>
      context.missing.length > 0 && context.requests.every(({ nonce }) => nonce === null),
    isForGivenNonce: ({ event }) => event.type === 'signature.requested' && event.nonce !== null,
    isOurs: ({ context, event }) => event.type === 'recorded' && event.token === context.signed?.hash,
    isSigned: (_, { outcome }: { outcome: SignResult }) => outcome.type === 'signed',
    /** A replacement that cannot be paid for leaves a transaction in the pool that can. */
    isRefused: ({ context }, { outcome }: { outcome: SignResult }) =>
      outcome.type === 'capped' || (outcome.type === 'unaffordable' && context.serving?.highest !== null),
  },
  actions: {
    enqueueRequest: assign({
      requests: ({ context, event }) => {
        if (event.type !== 'signature.requested') return context.requests
        const isServed = context.serving !== null && isSame(context.serving, event)
        return isServed ? context.requests : enqueueRequest(context.requests, event)
      },
    }),
    takeRequest: assign(({ context: { requests } }) => ({
      serving: requests[0] ?? null,
      requests: requests.slice(1),
    })),
    putRequestBack: assign(({ context: { requests, serving } }) => ({
      serving: null,
      requests: serving === null ? requests : putBack(requests, serving),
    })),
    refuseRequest: enqueueActions(({ context, enqueue }) => {
      const { serving } = context
      if (serving === null) return
      const addressed: BatchAddressed = {
        type: 'batch.addressed',
        batchId: serving.request.batchId,
        message: { type: 'signature.refused' },
      }
      enqueue.sendTo(to('opsBatcher'), addressed)
      enqueue.assign({ serving: null })
    }),
    noteBlock: assign({
      blockDue: ({ context, event }) =>
        event.type === 'block.observed' ? event.head.number : context.blockDue,
    }),
    skipBlock: assign({ blockDue: null }),
    applyReading: enqueueActions(({ context, enqueue }, { reading }: { reading: WalletReading }) => {
      const { chainNonce, balance, blockNumber, at } = reading
      const expected = nextNonce(context.nonces)
      if (context.syncedAt !== null && chainNonce > expected) {
        enqueue.emit({
          type: 'wallet.foreignTransactions',
          nonces: chainNonce - expected,
          nextNonce: chainNonce,
          at,
        })
      }
      const nonces = synchronise(context.nonces, chainNonce)
      const missing = missingNonces(nonces, MOST_HEALED)
      const isSeenTwice = context.gapAt !== null && blockNumber > context.gapAt
      enqueue.assign({
        nonces,
        balance,
        syncedAt: at,
        blockDue: context.blockDue !== null && context.blockDue > blockNumber ? context.blockDue : null,
        gapAt: missing.length === 0 ? null : (context.gapAt ?? blockNumber),
        missing: isSeenTwice ? missing : [],
        failure: null,
      })
    }),
    noteFailure: assign({ failure: (_, { error }: { error: unknown }) => String(error) }),
    noteBalance: assign({
      balance: ({ context }, { outcome }: { outcome: SignResult }) =>
        outcome.type === 'unaffordable' ? outcome.balance : context.balance,
    }),
    settle: assign({
      nonces: ({ context, event }) =>
        event.type === 'nonce.settled' ? settleNonce(context.nonces, event.nonce) : context.nonces,
    }),
    restore: assign({
      nonces: ({ context, event }) =>
        event.type === 'attempts.restored'
          ? event.attempts.reduce(restoreAttempt, context.nonces)
          : context.nonces,
    }),
    tellLow: enqueueActions(({ context, enqueue }) => {
      const { address, balance, minBalance, toldLow, now } = context
      if (balance === null || balance === toldLow) return
      enqueue.emit({ type: 'wallet.low', address, balance, minBalance, at: now() })
      enqueue.assign({ toldLow: balance })
    }),
    holdSigned: assign({
      signed: (_, { outcome }: { outcome: SignResult }) =>
        outcome.type === 'signed' ? outcome.attempt : null,
      toldLow: null,
    }),
    recordSigned: enqueueActions(({ context, enqueue }) => {
      if (context.signed === null) return
      const write: RecordRequested = {
        type: 'record.requested',
        writes: [{ type: 'attempt.signed', attempt: context.signed }],
        reply: { to: 'wallet', token: context.signed.hash },
        onFailure: 'retry',
      }
      enqueue.sendTo(to('requestTracker'), write)
    }),
    deliverSigned: enqueueActions(({ context, enqueue }) => {
      const { signed, nonces } = context
      if (signed === null) return
      const addressed: BatchAddressed = {
        type: 'batch.addressed',
        batchId: signed.batchId,
        message: { type: 'transaction.signed', attempt: signed },
      }
      enqueue.sendTo(to('opsBatcher'), addressed)
      enqueue.assign({ signed: null, serving: null, nonces: trackAttempt(nonces, signed) })
    }),
    tellHead: enqueueActions(({ context, enqueue }) => {
      const head = headOf(context.nonces)
      if (head === null) return
      const addressed: BatchAddressed = {
        type: 'batch.addressed',
        batchId: head.batchId,
        message: { type: 'nonce.next' },
      }
      enqueue.sendTo(to('opsBatcher'), addressed)
    }),
    askHealing: sendTo(
      to('opsBatcher'),
      ({ context }): NoncesMissing => ({ type: 'nonces.missing', nonces: context.missing }),
    ),
    announce: sendTo(
      to('opsBatcher'),
      (_, type: WalletAvailability['type']): WalletAvailability => ({ type }),
    ),
    report: emit(({ context }) => ({
      type: 'wallet.observed' as const,
      balance: context.balance ?? '0',
      nextNonce: nextNonce(context.nonces),
      inFlight: context.nonces.tracked.length,
      at: context.now(),
    })),
  },
})
