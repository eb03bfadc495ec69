/** The chain: the tree of blocks, the branch that is canonical, and the pool. What happens to it is the weather's doing. */
import type { Address, Gas, Hash, WeiPerGas } from '../../../src/domain/primitives.ts'
import { type Account, accountOf, ancestorAt, type Block, blockHash, type Transaction } from './block.ts'
import { buildBlock, type Demand } from './builder.ts'
import type { EvmContext } from './evm.ts'
import { Pool } from './pool.ts'
import type { RegistryState } from './registryState.ts'

export interface ChainOptions extends Omit<EvmContext, 'timestamp'> {
  readonly chainId: number
  readonly gasLimit: Gas
  /** Of block 0. */
  readonly baseFee: WeiPerGas
  /** Of block 0, in seconds. */
  readonly timestamp: number
  readonly balances: ReadonlyMap<Address, bigint>
  /** What the registry holds already. */
  readonly accounts: RegistryState
  /** Whether nodes refuse what pays less than the base fee. */
  readonly refusesBelowBaseFee: boolean
}

/** A block that is to be mined. */
export interface Mining {
  /** In seconds. */
  readonly timestamp: number
  readonly demand: Demand
  /** What is paid to an account without a transaction. EIP-4895. */
  readonly deposit: { readonly address: Address; readonly amount: bigint } | null
}

export interface Reorg {
  /** Blocks that are taken back. */
  readonly depth: number
  /** Those that come instead. */
  readonly mined: readonly Mining[]
  /** What becomes of a transaction that was in a block: it is in the pool again, with other nodes, or nowhere. */
  readonly fateOf: (transaction: Transaction) => 'pool' | 'shadow' | 'lost'
}

export class Chain {
  readonly options: ChainOptions
  readonly pool = new Pool()
  readonly #canonical: Block[]
  /** Every block that a transaction is in, on whatever branch. */
  readonly #including = new Map<Hash, Block[]>()
  readonly #byHash = new Map<string, Block>()
  /** How deep blocks had been, at most, when any were last taken back. */
  readonly #depths = new Map<Block, number>()
  #serial = 0

  constructor(options: ChainOptions) {
    this.options = options
    const accounts = new Map<string, Account>()
    for (const [address, balance] of options.balances)
      accounts.set(address.toLowerCase(), { nonce: 0, balance })
    const genesis: Block = {
      number: 0,
      hash: blockHash(0, 0),
      parent: null,
      timestamp: options.timestamp,
      baseFee: options.baseFee,
      gasLimit: options.gasLimit,
      // As much as leaves the base fee where it is.
      gasUsed: Math.floor(options.gasLimit / 2),
      tip: 0,
      transactions: [],
      state: { registry: options.accounts, accounts },
    }
    this.#canonical = [genesis]
    this.#byHash.set(genesis.hash, genesis)
  }

  get head(): Block {
    return this.#canonical.at(-1) as Block
  }

  get canonical(): readonly Block[] {
    return this.#canonical
  }

  /** An account in the newest block. */
  account(address: Address): Account {
    return accountOf(this.head.state, address)
  }

  /** Offers a transaction to the pool. @returns why it is refused; null when it is not */
  send(transaction: Transaction): string | null {
    const { gasLimit, refusesBelowBaseFee } = this.options
    return this.pool.add(transaction, {
      account: this.account(transaction.from),
      blockGasLimit: gasLimit,
      baseFee: this.head.baseFee,
      refusesBelowBaseFee,
    })
  }

  mine({ timestamp, demand, deposit }: Mining): Block {
    this.#serial += 1
    const { gasLimit, registry, multicall, domain } = this.options
    const block = buildBlock({
      parent: this.head,
      serial: this.#serial,
      timestamp,
      deposit,
      gasLimit,
      pool: this.pool,
      demand,
      context: { registry, multicall, domain },
    })
    this.#canonical.push(block)
    this.#byHash.set(block.hash, block)
    for (const { transaction } of block.transactions) {
      const { hash, from } = transaction
      this.#including.set(hash, [...(this.#including.get(hash) ?? []), block])
      this.pool.settle(from, accountOf(block.state, from).nonce)
    }
    return block
  }

  /** Takes blocks back and mines others. @returns those that are taken back, lowest first */
  reorg({ depth, mined, fateOf }: Reorg): readonly Block[] {
    for (const block of this.#canonical) this.#depths.set(block, this.depthOf(block))
    const orphaned = this.#canonical.splice(Math.max(1, this.#canonical.length - depth))
    for (const { transactions } of orphaned) {
      for (const { transaction } of transactions) {
        const fate = fateOf(transaction)
        const isFree = this.pool.current(transaction.from, transaction.nonce) === null
        if (fate === 'pool' && isFree) this.pool.put(transaction)
        else if (fate !== 'lost') this.pool.putShadow(transaction)
      }
    }
    for (const mining of mined) this.mine(mining)
    return orphaned
  }

  /** How many blocks stand on one, or did at most: a node that is behind a reorg still shows those that were taken back. */
  depthOf(block: Block): number {
    const before = this.#depths.get(block) ?? 0
    return this.isCanonical(block) ? Math.max(before, this.head.number - block.number) : before
  }

  isCanonical(block: Block): boolean {
    return this.#canonical[block.number] === block
  }

  /** A block of whatever branch. */
  blockOf(hash: string): Block | null {
    return this.#byHash.get(hash) ?? null
  }

  /** Where a transaction is on the branch of a block; null when it is not on it. */
  placeOf(hash: Hash, tip: Block): Block | null {
    const blocks = this.#including.get(hash) ?? []
    return blocks.find((block) => ancestorAt(tip, block.number, this.#canonical) === block) ?? null
  }

  /** Every block that ever held a transaction. */
  blocksOf(hash: Hash): readonly Block[] {
    return this.#including.get(hash) ?? []
  }
}
