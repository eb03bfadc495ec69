/** Fees of one nonce over any sequence of market moves, attempts and refusals, compared with the list of all attempts. */
import fc from 'fast-check'
import { describe, it } from 'vitest'
import type { MarketFees } from '../../src/domain/chain.ts'
import { type FeeConfig, firstFees, nextFees, type TransactionFees } from '../../src/policy/fees.ts'
import { agree, playSequences } from '../support/sequences.ts'

const GWEI = 1_000_000_000

const fee = fc.oneof(fc.nat(20), fc.nat(5 * GWEI), fc.nat(200 * GWEI))
const config = fc.constantFrom<FeeConfig>(
  { maxFeePerGas: 100 * GWEI, maxFeeMultiplier: 3, feeEscalationStep: 1.25 },
  { maxFeePerGas: 300 * GWEI, maxFeeMultiplier: 1.5, feeEscalationStep: 1.125 },
  { maxFeePerGas: 40, maxFeeMultiplier: 10, feeEscalationStep: 2 },
  { maxFeePerGas: 5_000 * GWEI, maxFeeMultiplier: 100, feeEscalationStep: 1.2 },
)
const command = fc.oneof(
  { weight: 2, arbitrary: fc.record({ type: fc.constant('market'), baseFee: fee, priorityFee: fee }) },
  // From one block to the next the base fee moves by an eighth at most (EIP-1559).
  { weight: 3, arbitrary: fc.record({ type: fc.constant('block'), parts: fc.integer({ min: -8, max: 8 }) }) },
  { weight: 12, arbitrary: fc.record({ type: fc.constant('attempt'), isRefused: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('nonce'), config }) },
)

type Field = keyof TransactionFees

function sorted(...values: readonly number[]): readonly number[] {
  return values.toSorted((a, b) => a - b)
}

/** True if a pool with a minimum rise of `thousandths` accepts the replacement. In integers, because doubles hide single wei. */
function replaces(next: number, tried: number, thousandths: bigint): boolean {
  return next > tried && BigInt(next) * 1000n >= BigInt(tried) * (1000n + thousandths)
}

/** The lowest replacement fee accepted by every pool. */
function leastAfter(tried: number): number {
  const eighth = (BigInt(tried) + 7n) / 8n
  return Number(BigInt(tried) + (eighth === 0n ? 1n : eighth))
}

/** A nonce with the market and all attempts. */
class Nonce {
  market: MarketFees = { baseFee: GWEI, priorityFee: 1 }
  readonly #history: TransactionFees[] = []
  /** The attempt in the pool: the newest accepted one. */
  #pooled: TransactionFees | null = null
  readonly #config: FeeConfig

  constructor(config: FeeConfig) {
    this.#config = config
  }

  attempt(isRefused: boolean): void {
    const offered = this.#history.length === 0 ? this.#first() : this.#next()
    if (offered === null) return
    // A refused attempt counts as tried, although the pool holds an older attempt.
    this.#history.push(offered)
    if (isRefused) return
    const pooled = this.#pooled
    if (pooled !== null) agree(replaces(offered.maxFeePerGas, pooled.maxFeePerGas, 125n), true)
    this.#pooled = offered
  }

  #first(): TransactionFees {
    const { baseFee, priorityFee } = this.market
    const offered = firstFees(this.market, this.#config)
    agree(offered.maxFeePerGas, sorted(this.#config.maxFeePerGas, 2 * baseFee + priorityFee)[0])
    agree(offered.maxPriorityFeePerGas, sorted(offered.maxFeePerGas, priorityFee)[0])
    return offered
  }

  #next(): TransactionFees | null {
    const { maxFeePerGas, maxFeeMultiplier } = this.#config
    const tried = {
      maxFeePerGas: this.#highest('maxFeePerGas'),
      maxPriorityFeePerGas: this.#highest('maxPriorityFeePerGas'),
    }
    const offered = nextFees(this.market, tried, this.#config)
    const fresh = firstFees(this.market, this.#config)
    const payable = Math.max(1, fresh.maxFeePerGas)
    const [ceiling = 0] = sorted(maxFeePerGas, Math.floor(maxFeeMultiplier * payable))
    agree(offered === null, leastAfter(tried.maxFeePerGas) > ceiling)
    if (offered === null) return null
    this.#check('maxFeePerGas', offered.maxFeePerGas, fresh.maxFeePerGas, ceiling)
    const tip = offered.maxPriorityFeePerGas
    this.#check('maxPriorityFeePerGas', tip, fresh.maxPriorityFeePerGas, offered.maxFeePerGas)
    return offered
  }

  /** The fee is a step above the highest tried fee, or the fee of the market, or the ceiling. Every pool accepts the fee. */
  #check(field: Field, offered: number, asked: number, ceiling: number): void {
    const tried = this.#highest(field)
    const wanted = sorted(leastAfter(tried), asked, Math.ceil(tried * this.#config.feeEscalationStep))
    agree(offered, sorted(ceiling, wanted.at(-1) ?? 0)[0])
    for (const before of this.#history) agree(replaces(offered, before[field], 125n), true)
  }

  #highest(field: Field): number {
    return sorted(...this.#history.map((fees) => fees[field])).at(-1) ?? 0
  }
}

describe('fees of a nonce over any sequence of market moves and attempts', () => {
  it('replace every earlier attempt by the rules of pools, as long as the ceiling allows it', () => {
    playSequences(command, (commands) => {
      let nonce = new Nonce({ maxFeePerGas: 100 * GWEI, maxFeeMultiplier: 3, feeEscalationStep: 1.25 })
      for (const each of commands) {
        const { baseFee } = nonce.market
        if ('config' in each) nonce = new Nonce(each.config)
        else if ('isRefused' in each) nonce.attempt(each.isRefused)
        else if ('parts' in each) {
          nonce.market = { ...nonce.market, baseFee: Math.floor((baseFee * (64 + each.parts)) / 64) }
        } else nonce.market = { baseFee: each.baseFee, priorityFee: each.priorityFee }
      }
    })
  })
})
