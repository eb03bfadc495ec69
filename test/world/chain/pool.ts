/**
 * The pool: transactions that wait for a block. Nodes agree on it in the main only. What one has replaced or dropped, others
 * may still have, and a builder among them: those are its shadows.
 *
 * The rules and words are geth's (core/txpool), which other nodes follow.
 */
import type { Gas, Hash, WeiPerGas } from '../../../src/domain/primitives.ts'
import type { Account, Transaction } from './block.ts'
import { intrinsicGas } from './gas.ts'

/** A replacement raises both fees by so many per cent. */
const PRICE_BUMP = 10

/** What a pool holds against a transaction, besides the account's state. */
export interface PoolRules {
  readonly account: Account
  readonly blockGasLimit: Gas
  readonly baseFee: WeiPerGas
  /** Whether it refuses what could not be included now. */
  readonly refusesBelowBaseFee: boolean
}

interface Place {
  /** What the node would hand out; null when it knows none. */
  current: Transaction | null
  /** Oldest first. */
  readonly shadows: Transaction[]
}

export class Pool {
  /** By sender, and there by nonce. */
  readonly #places = new Map<string, Map<number, Place>>()

  /** Takes a transaction. @returns why it does not, in the node's words; null when it does */
  add(transaction: Transaction, rules: PoolRules): string | null {
    const place = this.#places.get(transaction.from)?.get(transaction.nonce)
    const objection = objectionTo(transaction, place?.current ?? null, rules)
    if (objection === null) this.put(transaction)
    return objection
  }

  /** Puts it in whatever the rules say: what it replaces becomes a shadow. */
  put(transaction: Transaction): void {
    const place = this.#placeOf(transaction)
    if (place.current !== null) place.shadows.push(place.current)
    place.current = transaction
    removeFrom(place.shadows, transaction.hash)
  }

  /** Other nodes have it, this one does not. */
  putShadow(transaction: Transaction): void {
    const place = this.#placeOf(transaction)
    if (place.current?.hash === transaction.hash) place.current = null
    removeFrom(place.shadows, transaction.hash)
    place.shadows.push(transaction)
  }

  /** No node has it any more. */
  remove({ from, nonce, hash }: Pick<Transaction, 'from' | 'nonce' | 'hash'>): void {
    const place = this.#places.get(from)?.get(nonce)
    if (place === undefined) return
    if (place.current?.hash === hash) place.current = null
    removeFrom(place.shadows, hash)
  }

  /** What an account's nonces below `nextNonce` wait for is over. */
  settle(from: string, nextNonce: number): void {
    const places = this.#places.get(from)
    for (const nonce of [...(places?.keys() ?? [])]) if (nonce < nextNonce) places?.delete(nonce)
  }

  /** What waits with a sender's nonce, as the node has it. */
  current(from: string, nonce: number): Transaction | null {
    return this.#places.get(from)?.get(nonce)?.current ?? null
  }

  /** The same, and what other nodes have in its place: the oldest first. */
  all(from: string, nonce: number): readonly Transaction[] {
    const place = this.#places.get(from)?.get(nonce)
    if (place === undefined) return []
    return place.current === null ? place.shadows : [...place.shadows, place.current]
  }

  get senders(): readonly string[] {
    return [...this.#places.keys()]
  }

  /** What waits of a sender, as the node has it, by nonce. */
  waiting(from: string): readonly Transaction[] {
    return [...(this.#places.get(from) ?? [])]
      .sort(([a], [b]) => a - b)
      .flatMap(([, { current }]) => current ?? [])
  }

  #placeOf({ from, nonce }: Transaction): Place {
    const places = this.#places.get(from) ?? new Map<number, Place>()
    this.#places.set(from, places)
    const place = places.get(nonce) ?? { current: null, shadows: [] }
    places.set(nonce, place)
    return place
  }
}

function objectionTo(
  transaction: Transaction,
  current: Transaction | null,
  { account, blockGasLimit, baseFee, refusesBelowBaseFee }: PoolRules,
): string | null {
  const { nonce, gas, maxFeePerGas, maxPriorityFeePerGas, data, hash } = transaction
  if (current?.hash === hash) return 'already known'
  if (maxPriorityFeePerGas > maxFeePerGas) return 'max priority fee per gas higher than max fee per gas'
  if (gas > blockGasLimit) return 'exceeds block gas limit'
  if (gas < intrinsicGas(data)) return 'intrinsic gas too low'
  if (nonce < account.nonce) return `nonce too low: next nonce ${account.nonce}, tx nonce ${nonce}`
  if (refusesBelowBaseFee && maxFeePerGas < baseFee) return 'max fee per gas less than block base fee'
  if (BigInt(gas) * BigInt(maxFeePerGas) > account.balance)
    return 'insufficient funds for gas * price + value'
  if (current !== null && !outbids(transaction, current)) return 'replacement transaction underpriced'
  return null
}

function outbids(transaction: Transaction, current: Transaction): boolean {
  const isRaised = (fee: WeiPerGas, before: WeiPerGas) =>
    fee > before && BigInt(fee) * 100n >= BigInt(before) * BigInt(100 + PRICE_BUMP)
  return (
    isRaised(transaction.maxFeePerGas, current.maxFeePerGas) &&
    isRaised(transaction.maxPriorityFeePerGas, current.maxPriorityFeePerGas)
  )
}

function removeFrom(transactions: Transaction[], hash: Hash): void {
  const index = transactions.findIndex((transaction) => transaction.hash === hash)
  if (index >= 0) transactions.splice(index, 1)
}
