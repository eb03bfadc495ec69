/** Builds a block: takes the best-paying transactions of the pool, executes them, and fills the block with other traffic. */
import type { Address, Gas, WeiPerGas } from '../../../src/domain/primitives.ts'
import {
  accountOf,
  type Block,
  blockHash,
  type ChainState,
  type Included,
  type Transaction,
} from './block.ts'
import { nextBaseFee } from './eip1559.ts'
import { type BlockContext, effectsOf, execute } from './evm.ts'
import type { Pool } from './pool.ts'

/** The conditions of a builder besides the pool. */
export interface Demand {
  /** Gas of other traffic. If other traffic fills the block, only transactions with at least an equal tip fit. */
  readonly gas: Gas
  /** The tip of other traffic. */
  readonly tip: WeiPerGas
  /** Transactions that the builder ignores. */
  readonly passesBy: (transaction: Transaction) => boolean
  /** Whether the builder knows replaced and dropped transactions instead of the replacements. */
  readonly isOutdated: boolean
}

export interface Site {
  readonly parent: Block
  readonly serial: number
  /** In seconds; at least one second after its parent. */
  readonly timestamp: number
  readonly gasLimit: Gas
  readonly pool: Pool
  readonly demand: Demand
  readonly deposit: { readonly address: Address; readonly amount: bigint } | null
  readonly context: Omit<BlockContext, 'timestamp'>
}

export function buildBlock(site: Site): Block {
  const { parent, serial, gasLimit, demand, pool } = site
  const timestamp = Math.max(site.timestamp, parent.timestamp + 1)
  const baseFee = nextBaseFee(parent)
  const building = new Building(parent.state, { ...site.context, timestamp }, { baseFee, gasLimit })
  for (;;) {
    const next = bestOf(pool, building, demand)
    if (next === null) break
    building.include(next)
  }
  return {
    number: parent.number + 1,
    hash: blockHash(parent.number + 1, serial),
    parent,
    timestamp,
    baseFee,
    gasLimit,
    gasUsed: Math.min(gasLimit, building.gasUsed + demand.gas),
    tip: demand.tip,
    transactions: building.included,
    state: site.deposit === null ? building.state : credit(building.state, site.deposit),
  }
}

function credit(
  { registry, accounts }: ChainState,
  { address, amount }: NonNullable<Site['deposit']>,
): ChainState {
  const { nonce, balance } = accountOf({ registry, accounts }, address)
  return {
    registry,
    accounts: new Map(accounts).set(address.toLowerCase(), { nonce, balance: balance + amount }),
  }
}

/** The best-paying transaction among the next nonces; null when there is none. */
function bestOf(pool: Pool, building: Building, demand: Demand): Transaction | null {
  const isFull = demand.gas >= building.gasLimit
  let best: Transaction | null = null
  for (const from of pool.senders) {
    const { nonce } = accountOf(building.state, from)
    const versions = demand.isOutdated ? pool.all(from, nonce) : [pool.current(from, nonce)]
    const candidate = versions.find(
      (version): version is Transaction =>
        version !== null &&
        building.fits(version) &&
        !demand.passesBy(version) &&
        (!isFull || building.tipOf(version) >= demand.tip),
    )
    if (candidate !== undefined && (best === null || building.tipOf(candidate) > building.tipOf(best))) {
      best = candidate
    }
  }
  return best
}

class Building {
  state: ChainState
  gasUsed: Gas = 0
  readonly included: Included[] = []
  readonly gasLimit: Gas
  readonly #baseFee: WeiPerGas
  readonly #context: BlockContext
  #logs = 0

  constructor(
    state: ChainState,
    context: BlockContext,
    { baseFee, gasLimit }: { baseFee: WeiPerGas; gasLimit: Gas },
  ) {
    this.state = state
    this.gasLimit = gasLimit
    this.#baseFee = baseFee
    this.#context = context
  }

  tipOf({ maxFeePerGas, maxPriorityFeePerGas }: Transaction): WeiPerGas {
    return Math.min(maxPriorityFeePerGas, maxFeePerGas - this.#baseFee)
  }

  fits({ from, gas, maxFeePerGas }: Transaction): boolean {
    return (
      maxFeePerGas >= this.#baseFee &&
      this.gasUsed + gas <= this.gasLimit &&
      BigInt(gas) * BigInt(maxFeePerGas) <= accountOf(this.state, from).balance
    )
  }

  include(transaction: Transaction): void {
    const { from, to, data, gas } = transaction
    const execution = execute(this.state.registry, { to, data, gas }, this.#context)
    const { isSuccess, gasUsed, logs, calls } = execution
    const gasPrice = this.#baseFee + this.tipOf(transaction)
    const { nonce, balance } = accountOf(this.state, from)
    const paid = { nonce: nonce + 1, balance: balance - BigInt(gasUsed) * BigInt(gasPrice) }
    this.gasUsed += gasUsed
    this.included.push({
      transaction,
      index: this.included.length,
      isSuccess,
      gasUsed,
      cumulativeGasUsed: this.gasUsed,
      gasPrice,
      logs,
      firstLog: this.#logs,
      calls,
      effects: isSuccess ? effectsOf(calls) : [],
    })
    this.#logs += logs.length
    const accounts = new Map(this.state.accounts).set(from, paid)
    this.state = { registry: execution.state, accounts }
  }
}
