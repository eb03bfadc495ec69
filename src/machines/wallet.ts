/**
 * wallet: one relayer account's stream of transaction nonces.
 *
 * Batches ask it for signed transactions; it signs one at a time, in order of asking, so nonces are consecutive. There is
 * no counter: the next nonce follows from what the chain has consumed and what has been signed and is not settled. A
 * signed transaction is on disk before anybody may broadcast it, so a nonce is never given out twice, whatever dies.
 *
 * | state          | entered when                                | left when                                          |
 * | -------------- | ------------------------------------------- | -------------------------------------------------- |
 * | Syncing        | at the start, and now and then when idle    | the chain told nonce and balance                   |
 * | Synced         | a reading arrived                           | at once: Ready, or LowFunds                        |
 * | Unreachable    | the chain did not answer                    | after a pause: Syncing                             |
 * | Ready          | nonce and balance are known                 | the balance is too low; time to look again         |
 * | · Idle         | nobody waits for a signature                | a request arrives                                  |
 * | · Signing      | a request waits                             | the transaction is signed, refused or unaffordable |
 * | · Recording    | a transaction is signed                     | it is on disk: the batch gets it                   |
 * | · Pausing      | signing failed                              | after a pause: the same request again              |
 * | LowFunds       | the balance is below what is needed         | a new block: Syncing                               |
 *
 * Ignored meanwhile: nothing. Requests that arrive in any state wait in order. A replacement is not asked of the signer
 * once its nonce is settled: the batch that wanted it has ended.
 * Promises: no request is lost; a low balance fails nobody.
 */
import { assign, emit, enqueueActions, fromPromise, sendTo, setup } from 'xstate'
import type { TransactionAttempt } from '../domain/batch.ts'
import type { SystemEvent } from '../domain/events.ts'
import type { Address, DurationMs, Millis, Now, Wei } from '../domain/primitives.ts'
import {
  isTracked,
  type NonceStream,
  nextNonce,
  settleNonce,
  synchronise,
  trackAttempt,
} from './nonceStream.ts'
import { notProvided } from './ports.ts'
import {
  ACTORS,
  type BatchAddressed,
  type BlockObserved,
  type Fees,
  type NonceSettled,
  type Recorded,
  type RecordRequested,
  type ReplacementRequested,
  type SignatureRequested,
  type TransactionRequest,
  type WalletAvailability,
} from './protocol.ts'

/** What the chain says of the account. */
export interface WalletReading {
  /** Transactions of the account in the latest block's state: the next nonce that the chain accepts. */
  readonly chainNonce: number
  readonly balance: Wei
  readonly at: Millis
}

export interface SignInput {
  readonly request: TransactionRequest
  readonly nonce: number
  /** Null for a first attempt; else what the replacement must outbid. */
  readonly highest: Fees | null
}

export type SignOutcome =
  | { readonly type: 'signed'; readonly attempt: TransactionAttempt }
  /** The fee cap leaves no room for a replacement. */
  | { readonly type: 'capped' }
  /** The balance does not cover the transaction at its highest fee. */
  | { readonly type: 'unaffordable'; readonly balance: Wei }

export interface WalletContext {
  readonly address: Address
  readonly minBalance: Wei
  readonly refreshInterval: DurationMs
  readonly now: Now
  readonly nonces: NonceStream
  readonly balance: Wei | null
  readonly syncedAt: Millis | null
  /** Waiting for a signature, in order; the first is being served. */
  readonly requests: readonly (SignatureRequested | ReplacementRequested)[]
  /** Signed and on its way to disk. */
  readonly signed: TransactionAttempt | null
  readonly failure: string | null
}

export interface WalletInput {
  readonly address: Address
  readonly minBalance: Wei
  /** How old a reading may get while the wallet is idle. */
  readonly refreshInterval: DurationMs
  readonly now: Now
  /** Attempts of batches that are not settled, from the store. */
  readonly attempts: readonly TransactionAttempt[]
}

type WalletEvent = SignatureRequested | ReplacementRequested | NonceSettled | BlockObserved | Recorded

export const walletMachine = setup({
  types: {
    context: {} as WalletContext,
    input: {} as WalletInput,
    events: {} as WalletEvent,
    emitted: {} as SystemEvent,
  },
  actors: {
    readWallet: fromPromise<WalletReading, { readonly address: Address }>(notProvided('readWallet')),
    signTransaction: fromPromise<SignOutcome, SignInput>(notProvided('signTransaction')),
  },
  delays: { retryDelay: 1_000 },
  guards: {
    hasRequest: ({ context }) => context.requests.length > 0,
    isObsolete: ({ context: { requests, nonces } }) => {
      const next = requests[0]
      return next?.type === 'replacement.requested' && !isTracked(nonces, next.nonce)
    },
    isBroke: ({ context }) => BigInt(context.balance ?? 0) < BigInt(context.minBalance),
    isStale: ({ context }) =>
      context.syncedAt === null || context.now() - context.syncedAt >= context.refreshInterval,
    isOurs: ({ context, event }) => event.type === 'recorded' && event.token === context.signed?.hash,
  },
  actions: {
    /** A batch that asks again for a replacement before it was answered has an answer coming. */
    enqueueRequest: assign({
      requests: ({ context, event }) => {
        if (event.type !== 'signature.requested' && event.type !== 'replacement.requested') {
          return context.requests
        }
        return isRepeated(context.requests, event) ? context.requests : [...context.requests, event]
      },
    }),
    dropRequest: assign({ requests: ({ context }) => context.requests.slice(1) }),
    applyReading: assign(({ context }, reading: WalletReading) => ({
      nonces: synchronise(context.nonces, reading.chainNonce),
      balance: reading.balance,
      syncedAt: reading.at,
      failure: null,
    })),
    noteFailure: assign({ failure: (_, { error }: { error: unknown }) => String(error) }),
    noteBalance: assign({
      balance: ({ context }, outcome: SignOutcome) =>
        outcome.type === 'unaffordable' ? outcome.balance : context.balance,
    }),
    settle: assign({
      nonces: ({ context, event }) =>
        event.type === 'nonce.settled' ? settleNonce(context.nonces, event.nonce) : context.nonces,
    }),
    holdSigned: assign({
      signed: (_, outcome: SignOutcome) => (outcome.type === 'signed' ? outcome.attempt : null),
    }),
    recordSigned: enqueueActions(({ context, enqueue }) => {
      if (context.signed === null) return
      const write: RecordRequested = {
        type: 'record.requested',
        writes: [{ type: 'attempt.signed', attempt: context.signed }],
        reply: { to: 'wallet', token: context.signed.hash },
        onFailure: 'retry',
      }
      enqueue.sendTo(({ system }) => system.get(ACTORS.requestTracker), write)
    }),
    deliverSigned: enqueueActions(({ context, enqueue }) => {
      const { signed, requests, nonces } = context
      if (signed === null) return
      const addressed: BatchAddressed = {
        type: 'batch.addressed',
        batchId: signed.batchId,
        message: { type: 'transaction.signed', attempt: signed },
      }
      enqueue.sendTo(({ system }) => system.get(ACTORS.opsBatcher), addressed)
      enqueue.assign({ signed: null, requests: requests.slice(1), nonces: trackAttempt(nonces, signed) })
    }),
    refuseReplacement: enqueueActions(({ context, enqueue }) => {
      const [served, ...rest] = context.requests
      if (served === undefined) return
      const addressed: BatchAddressed = {
        type: 'batch.addressed',
        batchId: served.request.batchId,
        message: { type: 'replacement.refused' },
      }
      enqueue.sendTo(({ system }) => system.get(ACTORS.opsBatcher), addressed)
      enqueue.assign({ requests: rest })
    }),
    announce: sendTo(
      ({ system }) => system.get(ACTORS.opsBatcher),
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
}).createMachine({
  id: 'wallet',
  context: ({ input }) => ({
    address: input.address,
    minBalance: input.minBalance,
    refreshInterval: input.refreshInterval,
    now: input.now,
    nonces: input.attempts.reduce<NonceStream>(trackAttempt, { chainNonce: 0, tracked: [] }),
    balance: null,
    syncedAt: null,
    requests: [],
    signed: null,
    failure: null,
  }),
  initial: 'Syncing',
  on: {
    'signature.requested': { actions: 'enqueueRequest' },
    'replacement.requested': { actions: 'enqueueRequest' },
    'nonce.settled': { actions: ['settle', 'report'] },
  },
  states: {
    Syncing: {
      invoke: {
        id: 'readWallet',
        src: 'readWallet',
        input: ({ context }) => ({ address: context.address }),
        onDone: {
          target: 'Synced',
          actions: [{ type: 'applyReading', params: ({ event }) => event.output }, 'report'],
        },
        onError: {
          target: 'Unreachable',
          actions: { type: 'noteFailure', params: ({ event }) => ({ error: event.error }) },
        },
      },
    },
    Synced: {
      always: [{ guard: 'isBroke', target: 'LowFunds' }, { target: 'Ready' }],
    },
    Unreachable: {
      after: { retryDelay: 'Syncing' },
    },
    Ready: {
      entry: { type: 'announce', params: 'wallet.available' },
      initial: 'Idle',
      states: {
        Idle: {
          always: [
            { guard: 'isObsolete', actions: 'dropRequest' },
            { guard: 'hasRequest', target: 'Signing' },
          ],
          on: { 'block.observed': { guard: 'isStale', target: '#wallet.Syncing' } },
        },
        Signing: {
          invoke: {
            id: 'signTransaction',
            src: 'signTransaction',
            input: ({ context }) => signInput(context),
            onDone: [
              {
                guard: ({ event }) => event.output.type === 'signed',
                target: 'Recording',
                actions: [{ type: 'holdSigned', params: ({ event }) => event.output }, 'recordSigned'],
              },
              {
                // A replacement that cannot be paid for leaves a transaction in the pool that can.
                guard: ({ context, event }) =>
                  event.output.type === 'capped' ||
                  (event.output.type === 'unaffordable' &&
                    context.requests[0]?.type === 'replacement.requested'),
                target: 'Idle',
                actions: 'refuseReplacement',
              },
              {
                target: '#wallet.LowFunds',
                actions: { type: 'noteBalance', params: ({ event }) => event.output },
              },
            ],
            onError: {
              target: 'Pausing',
              actions: { type: 'noteFailure', params: ({ event }) => ({ error: event.error }) },
            },
          },
        },
        Recording: {
          on: { recorded: { guard: 'isOurs', target: 'Idle', actions: ['deliverSigned', 'report'] } },
        },
        Pausing: {
          after: { retryDelay: 'Idle' },
        },
      },
    },
    LowFunds: {
      entry: { type: 'announce', params: 'wallet.unavailable' },
      on: { 'block.observed': 'Syncing' },
    },
  },
})

/** What to sign for the first request: a new nonce, or the one to replace. */
function signInput({ requests, nonces }: WalletContext): SignInput {
  const served = requests[0]
  if (served === undefined) throw new Error('the wallet signs only when asked')
  return served.type === 'replacement.requested'
    ? { request: served.request, nonce: served.nonce, highest: served.highest }
    : { request: served.request, nonce: nextNonce(nonces), highest: null }
}

/** Whether a replacement of the same nonce waits already. */
function isRepeated(requests: WalletContext['requests'], event: WalletContext['requests'][number]): boolean {
  return (
    event.type === 'replacement.requested' &&
    requests.some((waiting) => waiting.type === 'replacement.requested' && waiting.nonce === event.nonce)
  )
}
