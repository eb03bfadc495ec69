/** The chain: the tree of blocks, the canonical branch, and the pool. The weather decides about blocks and reorgs. */
import type { Address, Gas, Hash, WeiPerGas } from '../../../src/domain/primitives.ts'
import { type Account, accountOf, ancestorAt, type Block, blockHash, type Transaction } from './block.ts'
import { buildBlock, type Demand } from './builder.ts'
import type { BlockContext } from './evm.ts'
import { Pool } from './pool.ts'
import type { RegistryState } from './registryState.ts'

export interface ChainOptions extends Omit<BlockContext, 'timestamp'> {
  readonly chainId: number
  readonly gasLimit: Gas
  /** Of block 0. */
  readonly baseFee: WeiPerGas
  /** Of block 0, in seconds. */
  readonly timestamp: number
  readonly balances: ReadonlyMap<Address, bigint>
  /** The first content of the registry. */
  readonly accounts: RegistryState
  /** Whether nodes refuse a fee below the base fee. */
  readonly refusesBelowBaseFee: boolean
}

/** A block to mine. */
export interface Mining {
  /** In seconds. */
  readonly timestamp: number
  readonly demand: Demand
  /** A payment to an account without a transaction. EIP-4895. */
  readonly deposit: { readonly address: Address; readonly amount: bigint } | null
}

export interface Reorg {
  /** Number of orphaned blocks. */
  readonly depth: number
  /** The blocks that replace them. */
  readonly mined: readonly Mining[]
  /** The later place of an orphaned transaction: in the pool, with other nodes, or nowhere. */
  readonly fateOf: (transaction: Transaction) => 'pool' | 'shadow' | 'lost'
}

export class Chain {
  readonly options: ChainOptions
  readonly pool = new Pool()
  readonly #canonical: Block[]
  /** Every block with a transaction, on any branch. */
  readonly #including = new Map<Hash, Block[]>()
  readonly #byHash = new Map<string, Block>()
  /** The greatest depth of blocks at the last reorg. */
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
      // The gas target: leaves the base fee unchanged.
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

  /** All blocks, also orphaned blocks. */
  get blocks(): readonly Block[] {
    return [...this.#byHash.values()]
  }

  /** An account in the newest block. */
  account(address: Address): Account {
    return accountOf(this.head.state, address)
  }

  /** Sends a transaction to the pool. @returns the reason of a refusal; null when it is accepted */
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
    const { gasLimit, registry, multicall, domain, agents } = this.options
    const block = buildBlock({
      parent: this.head,
      serial: this.#serial,
      timestamp,
      deposit,
      gasLimit,
      pool: this.pool,
      demand,
      context: { registry, multicall, domain, agents },
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

  /** Orphans blocks and mines others. @returns the orphaned blocks, lowest first */
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

  /** Maximum confirmations of a block, now or earlier: a node behind a reorg still shows orphaned blocks. */
  depthOf(block: Block): number {
    const before = this.#depths.get(block) ?? 0
    return this.isCanonical(block) ? Math.max(before, this.head.number - block.number) : before
  }

  isCanonical(block: Block): boolean {
    return this.#canonical[block.number] === block
  }

  /** A block of any branch. */
  blockOf(hash: string): Block | null {
    return this.#byHash.get(hash) ?? null
  }

  /** The position of a transaction on the branch of a block; null when the branch does not include the transaction. */
  placeOf(hash: Hash, tip: Block): Block | null {
    const blocks = this.#including.get(hash) ?? []
    return blocks.find((block) => ancestorAt(tip, block.number, this.#canonical) === block) ?? null
  }

  /** Every block that ever included a transaction. */
  blocksOf(hash: Hash): readonly Block[] {
    return this.#including.get(hash) ?? []
  }
}
