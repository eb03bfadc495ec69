/** The data of the wallet, and the inputs and results of the effects. */
import type { TransactionAttempt } from '../../domain/batch.ts'
import type { Address, Millis, Now, Wei } from '../../domain/primitives.ts'
import type { Fees, Pricing, SignatureRequested, TransactionRequest } from '../protocol.ts'
import { type NonceStream, nextNonce, noNonces, restoreAttempt } from './nonceStream.ts'
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
}

export type SignResult =
  /** `market`: the fees of a first attempt now. */
  | { readonly type: 'signed'; readonly attempt: TransactionAttempt; readonly market: Fees }
  /** The fee cap leaves no room for a replacement. */
  | { readonly type: 'capped' }
  /** The balance does not cover the transaction at the highest fee. */
  | { readonly type: 'unaffordable'; readonly balance: Wei }

export interface WalletContext {
  readonly address: Address
  readonly minBalance: Wei
  readonly now: Now
  readonly nonces: NonceStream
  readonly balance: Wei | null
  readonly syncedAt: Millis | null
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
  readonly signed: Extract<SignResult, { type: 'signed' }> | null
  readonly failure: string | null
}

export interface WalletInput {
  readonly address: Address
  readonly minBalance: Wei
  readonly now: Now
  /** Stored attempts of the unsettled batches. */
  readonly attempts: readonly TransactionAttempt[]
}

export function startContext({ address, minBalance, now, attempts }: WalletInput): WalletContext {
  return {
    address,
    minBalance,
    now,
    nonces: attempts.reduce(restoreAttempt, noNonces),
    balance: null,
    syncedAt: null,
    announcedBalance: null,
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
 * The block to read: the newest block. After a failed reading the node's latest block, because an endpoint may be a
 * block behind.
 */
export function readInput({ address, blockDue, failure }: WalletContext): ReadInput {
  return { address, blockNumber: failure === null ? blockDue : null }
}

/** The transaction to sign: for the nonce of the request, or for the next free nonce. */
export function signInput({ serving, nonces }: WalletContext): SignInput {
  if (serving === null) throw new Error('no signature was requested')
  const { request, nonce, highest, pricing } = serving
  return { request, nonce: nonce ?? nextNonce(nonces), highest, pricing }
}
