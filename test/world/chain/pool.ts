/**
 * The pool: pending transactions. The pools of nodes mostly agree. Other nodes and a builder may still have a
 * transaction after a node has replaced or dropped it: the shadows. Rules and messages: geth (core/txpool). Other nodes
 * follow geth.
 */
import type { Gas, Hash, WeiPerGas } from '../../../src/domain/primitives.ts'
import type { Account, Transaction } from './block.ts'
import { intrinsicGas } from './gas.ts'

/** The least increase of both fees for a replacement, in per cent. */
const PRICE_BUMP = 10

/** The rules of a pool besides the account's state. */
export interface PoolRules {
  readonly account: Account
  readonly blockGasLimit: Gas
  readonly baseFee: WeiPerGas
  /** Whether the pool refuses a transaction below the base fee. */
  readonly refusesBelowBaseFee: boolean
}

interface Place {
  /** The transaction that the node knows; null when it knows none. */
  current: Transaction | null
  /** The transactions of other nodes, oldest first. */
  readonly shadows: Transaction[]
}

export class Pool {
  /** By sender, then by nonce. */
  readonly #places = new Map<string, Map<number, Place>>()

  /** Adds a transaction. @returns the reason of a refusal, in the node's words; null when it is accepted */
  add(transaction: Transaction, rules: PoolRules): string | null {
    const place = this.#places.get(transaction.from)?.get(transaction.nonce)
    const objection = objectionTo(transaction, place?.current ?? null, rules)
    if (objection === null) this.put(transaction)
    return objection
  }

  /** Adds a transaction without a check: the replaced transaction becomes a shadow. */
  put(transaction: Transaction): void {
    const place = this.#placeOf(transaction)
    if (place.current !== null) place.shadows.push(place.current)
    place.current = transaction
    removeFrom(place.shadows, transaction.hash)
  }

  /** Drops a transaction from the node; other nodes keep it. */
  putShadow(transaction: Transaction): void {
    const place = this.#placeOf(transaction)
    if (place.current?.hash === transaction.hash) place.current = null
    removeFrom(place.shadows, transaction.hash)
    place.shadows.push(transaction)
  }

  /** Drops a transaction from all nodes. */
  remove({ from, nonce, hash }: Pick<Transaction, 'from' | 'nonce' | 'hash'>): void {
    const place = this.#places.get(from)?.get(nonce)
    if (place === undefined) return
    if (place.current?.hash === hash) place.current = null
    removeFrom(place.shadows, hash)
  }

  /** Removes the consumed nonces of an account. */
  settle(from: string, nextNonce: number): void {
    const places = this.#places.get(from)
    for (const nonce of [...(places?.keys() ?? [])]) if (nonce < nextNonce) places?.delete(nonce)
  }

  /** The pending transaction of a nonce on the node. */
  current(from: string, nonce: number): Transaction | null {
    return this.#places.get(from)?.get(nonce)?.current ?? null
  }

  /** The same with its shadows, oldest first. */
  all(from: string, nonce: number): readonly Transaction[] {
    const place = this.#places.get(from)?.get(nonce)
    if (place === undefined) return []
    return place.current === null ? place.shadows : [...place.shadows, place.current]
  }

  get senders(): readonly string[] {
    return [...this.#places.keys()]
  }

  /** The pending transactions of a sender on the node, by nonce. */
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
