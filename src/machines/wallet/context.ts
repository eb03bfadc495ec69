/** The data of the wallet, and the inputs and results of the effects. */
import type { TransactionAttempt } from '../../domain/batch.ts'
import type { Address, DurationMs, Millis, Now, Wei } from '../../domain/primitives.ts'
import { type FailingEffects, noFailures } from '../failingEffects.ts'
import type { Fees, Pricing, SignatureRequested, TransactionRequest } from '../protocol.ts'
import { costInFlight, type NonceStream, nextNonce, noNonces, restoreAttempt } from './nonceStream.ts'
import type { Requests } from './requests.ts'

/** The account as a node reports it. */
export interface WalletReading {
  /** Transactions of the account in the block's state: the next nonce that the chain accepts. */
  readonly chainNonce: number
  readonly balance: Wei
  /** The block with the read state of the account. */
  readonly blockNumber: number
  readonly at: Millis
}

export interface ReadInput {
  readonly address: Address
  /** The block in whose state to read; null for the latest block. */
  readonly blockNumber: number | null
}

export interface SignInput {
  readonly request: TransactionRequest
  readonly nonce: number
  /** Null for a first attempt. Both fees of a replacement must be higher. */
  readonly highest: Fees | null
  readonly pricing: Pricing
  /** The highest cost of the other transactions in flight. */
  readonly costInFlight: Wei
}

export type SignResult =
  | {
      readonly type: 'signed'
      readonly attempt: TransactionAttempt
      /** The fees of a first attempt now. */
      readonly market: Fees
    }
  /** The fee cap leaves no room for a replacement. */
  | { readonly type: 'capped' }
  /** The balance does not cover all transactions in flight and this one, each at its highest cost. */
  | { readonly type: 'unaffordable'; readonly balance: Wei }

export type Signed = Extract<SignResult, { type: 'signed' }>

/** Foreign transactions, seen by one reading. A second reading must agree, because a single node may be wrong. */
export interface ForeignSighting {
  /** The nonce that our own transactions explain. */
  readonly expected: number
  readonly chainNonce: number
  readonly blockNumber: number
}

/** Why the wallet signs nothing: the nodes refused a transaction. */
export interface WalletRefusal {
  /** `funds`: insufficient funds. `config`: a reason that only the operator can change. */
  readonly type: 'funds' | 'config'
  /** The words of the node. */
  readonly words: string
  /** The account at the refusal. A change shows that the refusal may not hold any more. */
  readonly balance: Wei
  readonly chainNonce: number
}

export interface WalletContext {
  readonly address: Address
  readonly minBalance: Wei
  readonly now: Now
  readonly stallTimeout: DurationMs
  readonly nonces: NonceStream
  readonly balance: Wei | null
  readonly syncedAt: Millis | null
  /** The block of the last reading; null before the first, and after a reorg. */
  readonly readAt: number | null
  /** Number of the new head at the last reorg; null for none. */
  readonly reorgAt: number | null
  /** Our own transactions explain the nonce: they are stored, or two readings agree. */
  readonly isNonceConfirmed: boolean
  readonly sighting: ForeignSighting | null
  readonly refusal: WalletRefusal | null
  /** The balance of the last `wallet.low` event; null after a signature. */
  readonly announcedBalance: Wei | null
  /** The newest block, until the account is read at the block. */
  readonly blockDue: number | null
  /** The block with the first sight of a gap; null while the stream has no gap. */
  readonly gapAt: number | null
  /** The nonces of a gap, confirmed by two blocks. */
  readonly missing: readonly number[]
  readonly requests: Requests
  /** The request in signing or storing. */
  readonly serving: SignatureRequested | null
  /** The signed attempt that is being stored. */
  readonly signed: Signed | null
  /** Why the last effect failed; null after a reading. */
  readonly failure: string | null
  readonly failing: FailingEffects
}

export interface WalletInput {
  readonly address: Address
  readonly minBalance: Wei
  readonly now: Now
  /** An effect that fails for this time is a persistent failure. */
  readonly stallTimeout: DurationMs
  /** Stored attempts of the unsettled batches. */
  readonly attempts: readonly TransactionAttempt[]
  /** One more than the highest nonce that the wallet is known to have signed; null if that is unknown. */
  readonly nextNonce: number | null
}

export function startContext({ attempts, nextNonce, ...input }: WalletInput): WalletContext {
  return {
    ...input,
    nonces: attempts.reduce(restoreAttempt, { ...noNonces, floor: nextNonce ?? 0 }),
    balance: null,
    syncedAt: null,
    readAt: null,
    reorgAt: null,
    isNonceConfirmed: nextNonce !== null,
    sighting: null,
    refusal: null,
    announcedBalance: null,
    blockDue: null,
    gapAt: null,
    missing: [],
    requests: [],
    serving: null,
    signed: null,
    failure: null,
    failing: noFailures,
  }
}

/**
 * The block to read: the newest block. After a failed reading the node's latest block, because an endpoint may be a
 * block behind.
 */
export function readInput({ address, blockDue, failure }: WalletContext): ReadInput {
  return { address, blockNumber: failure === null ? blockDue : null }
}

/** The transaction to sign: for the nonce of the request, or for the next free nonce. */
export function signInput({ serving, nonces }: WalletContext): SignInput {
  if (serving === null) throw new Error('no signature was requested')
  const { request, highest, pricing } = serving
  const nonce = serving.nonce ?? nextNonce(nonces)
  return { request, nonce, highest, pricing, costInFlight: costInFlight(nonces, nonce) }
}
