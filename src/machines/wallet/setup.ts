/** The guards, actions and effect slots of the wallet's statechart, by name. */
import { assign, emit, enqueueActions, fromPromise, sendTo, setup } from 'xstate'
import type { BatchId, TransactionAttempt } from '../../domain/batch.ts'
import type { SystemEvent } from '../../domain/events.ts'
import { effectFailed, effectSucceeded, reasonOf } from '../failingEffects.ts'
import { notProvided } from '../notProvided.ts'
import {
  type BatchAddressed,
  type BatchMessage,
  type Inbox,
  type NoncesMissing,
  type RecordRequested,
  type SignatureRequested,
  to,
  type WalletAvailability,
} from '../protocol.ts'
import type {
  ReadInput,
  SignInput,
  SignResult,
  WalletContext,
  WalletInput,
  WalletReading,
  WalletRefusal,
} from './context.ts'
import { headOf, isFreeFor, nextNonce, ownerOf, restoreAttempt, settleNonce } from './nonceStream.ts'
import { afterReading, foreignTransactions } from './reading.ts'
import { enqueue as enqueueRequest, isReplacement, isSame, putBack, withdrawable } from './requests.ts'

/** The slots of the wallet. */
type Effect = 'readAccount' | 'signAttempt'

function runOf(effect: Effect, { now }: WalletContext) {
  return { actor: 'wallet', batchId: null, effect, at: now() }
}

function addressed(batchId: BatchId, message: BatchMessage): BatchAddressed {
  return { type: 'batch.addressed', batchId, message }
}

export const walletSetup = setup({
  types: {
    context: {} as WalletContext,
    input: {} as WalletInput,
    events: {} as Inbox['wallet'],
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
     * The first request cannot be signed any more: the chain has consumed its nonce; or another batch, for example a
     * revived batch, has attempts at the nonce; or the request would replace an attempt of a settled nonce.
     */
    isObsolete: ({ context: { requests, nonces } }) => {
      const [asked] = requests
      if (asked === undefined || asked.nonce === null) return false
      const hasNothingToReplace = isReplacement(asked) && ownerOf(nonces, asked.nonce) === null
      return hasNothingToReplace || !isFreeFor(nonces, asked.nonce, asked.request.batchId)
    },
    hasLowFunds: ({ context: { balance, minBalance, refusal } }) =>
      refusal?.type === 'funds' || BigInt(balance ?? 0) < BigInt(minBalance),
    /** The nodes refuse the wallet's transactions for a reason that only the operator can change. */
    isStopped: ({ context }) => context.refusal?.type === 'config',
    isPaused: ({ context }) => context.refusal !== null,
    isReadingDue: ({ context }) => context.blockDue !== null,
    hasReplacement: ({ context }) => context.requests.some(isReplacement),
    /** A request for a given nonce is served first, because it may fill the gap. */
    hasGap: ({ context }) =>
      context.missing.length > 0 && context.requests.every(({ nonce }) => nonce === null),
    isForGivenNonce: (_, { nonce }: Pick<SignatureRequested, 'nonce'>) => nonce !== null,
    isSignedAttempt: ({ context }, { token }: { token: string }) => token === context.signed?.attempt.hash,
    /** While the attempt was signed, its nonce was consumed or got attempts of another batch, for example of a revived batch. */
    isOvertaken: ({ context: { nonces } }, { result }: { result: SignResult }) =>
      result.type === 'signed' && !isFreeFor(nonces, result.attempt.nonce, result.attempt.batchId),
    /** The same while the attempt was stored. */
    isStoredTooLate: ({ context: { nonces, signed } }, { token }: { token: string }) =>
      token === signed?.attempt.hash && !isFreeFor(nonces, signed.attempt.nonce, signed.attempt.batchId),
    isSigned: (_, { result }: { result: SignResult }) => result.type === 'signed',
    /** A replacement above the balance is refused: the pool holds an affordable attempt. */
    isRefused: ({ context }, { result }: { result: SignResult }) =>
      result.type === 'capped' || (result.type === 'unaffordable' && context.serving?.highest !== null),
  },
  actions: {
    enqueueRequest: assign(({ context }, { request }: { request: SignatureRequested }) => {
      const isServed = context.serving !== null && isSame(context.serving, request)
      return isServed ? {} : { requests: enqueueRequest(context.requests, request) }
    }),
    takeRequest: assign(({ context: { requests } }) => ({
      serving: requests[0] ?? null,
      requests: requests.slice(1),
    })),
    takeReplacement: assign(({ context: { requests } }) => {
      const serving = requests.find(isReplacement) ?? null
      return { serving, requests: requests.filter((request) => request !== serving) }
    }),
    putRequestBack: assign(({ context: { requests, serving } }) => ({
      serving: null,
      requests: serving === null ? requests : putBack(requests, serving),
    })),
    refuseRequest: enqueueActions(({ context: { serving }, enqueue }) => {
      if (serving === null) return
      enqueue.sendTo(to('opsBatcher'), addressed(serving.request.batchId, { type: 'signature.refused' }))
      enqueue.assign({ serving: null })
    }),
    /** Only the wallet knows whether a request is being signed, so the batch waits for the answer. */
    withdrawRequest: enqueueActions(
      ({ context: { requests }, enqueue }, { batchId }: { batchId: BatchId }) => {
        const withdrawn = withdrawable(requests, batchId)
        if (withdrawn === undefined) return
        enqueue.assign({ requests: requests.filter((request) => request !== withdrawn) })
        enqueue.sendTo(to('opsBatcher'), addressed(batchId, { type: 'signature.refused' }))
      },
    ),
    noteBlock: assign((_, { number }: { number: number }) => ({ blockDue: number })),
    skipBlock: assign({ blockDue: null }),
    applyReading: enqueueActions(({ context, enqueue }, { reading }: { reading: WalletReading }) => {
      const foreign = foreignTransactions(context, reading)
      if (foreign !== null) enqueue.emit(foreign)
      enqueue.assign(afterReading(context, reading))
    }),
    noteReorg: assign((_, { number }: { number: number }) => ({
      reorgAt: number,
      readAt: null,
      sighting: null,
    })),
    noteFailure: enqueueActions(
      ({ context, enqueue }, { effect, error }: { effect: Effect; error: unknown }) => {
        const failure = reasonOf(error)
        const { failing, event } = effectFailed(
          context.failing,
          runOf(effect, context),
          failure,
          context.stallTimeout,
        )
        enqueue.assign({ failure, failing })
        if (event !== null) enqueue.emit(event)
      },
    ),
    noteSuccess: enqueueActions(({ context, enqueue }, { effect }: { effect: Effect }) => {
      const { failing, event } = effectSucceeded(context.failing, runOf(effect, context))
      enqueue.assign({ failing })
      if (event !== null) enqueue.emit(event)
    }),
    /** A batch repeats its refused broadcast: the newest refusal counts, and the same words are announced once. */
    noteRefusal: enqueueActions(
      ({ context, enqueue }, { type, words }: Pick<WalletRefusal, 'type' | 'words'>) => {
        const { address, balance, nonces, refusal, now } = context
        const { chainNonce } = nonces
        enqueue.assign({ refusal: { type, words, balance: balance ?? '0', chainNonce } })
        if (type === 'funds' || refusal?.words === words) return
        enqueue.emit({ type: 'wallet.stopped', address, reason: words, at: now() })
      },
    ),
    noteBalance: assign(({ context }, { result }: { result: SignResult }) => ({
      balance: result.type === 'unaffordable' ? result.balance : context.balance,
    })),
    settleNonce: assign(({ context }, { nonce }: { nonce: number }) => ({
      nonces: settleNonce(context.nonces, nonce),
    })),
    restoreAttempts: assign(({ context }, { attempts }: { attempts: readonly TransactionAttempt[] }) => ({
      nonces: attempts.reduce(restoreAttempt, context.nonces),
    })),
    announceLowFunds: enqueueActions(({ context, enqueue }) => {
      const { address, balance, minBalance, announcedBalance, refusal, now } = context
      if (balance === null || balance === announcedBalance) return
      const reason = refusal?.words ?? null
      enqueue.emit({ type: 'wallet.low', address, balance, minBalance, reason, at: now() })
      enqueue.assign({ announcedBalance: balance })
    }),
    keepSigned: assign((_, { result }: { result: SignResult }) => ({
      signed: result.type === 'signed' ? result : null,
      announcedBalance: null,
    })),
    recordSigned: enqueueActions(({ context, enqueue }) => {
      if (context.signed === null) return
      const write: RecordRequested = {
        type: 'record.requested',
        writes: [{ type: 'attempt.signed', attempt: context.signed.attempt }],
        reply: { to: 'wallet', token: context.signed.attempt.hash },
        onFailure: 'retry',
      }
      enqueue.sendTo(to('requestTracker'), write)
    }),
    /** The attempt stays in the store. No endpoint ever gets its bytes. */
    dropSigned: assign({ signed: null }),
    deliverSigned: enqueueActions(({ context: { signed, nonces }, enqueue }) => {
      if (signed === null) return
      const { attempt, market } = signed
      const message: BatchMessage = { type: 'transaction.signed', attempt, market }
      enqueue.sendTo(to('opsBatcher'), addressed(attempt.batchId, message))
      enqueue.assign({ signed: null, serving: null, nonces: restoreAttempt(nonces, attempt) })
    }),
    announceNextNonce: enqueueActions(({ context, enqueue }) => {
      const head = headOf(context.nonces)
      if (head === null) return
      enqueue.sendTo(to('opsBatcher'), addressed(head.batchId, { type: 'nonce.next' }))
    }),
    requestHealing: sendTo(
      to('opsBatcher'),
      ({ context }): NoncesMissing => ({ type: 'nonces.missing', nonces: context.missing }),
    ),
    announceAvailability: sendTo(
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
