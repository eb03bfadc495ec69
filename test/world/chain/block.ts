/** Blocks, their transactions, and their tree: a reorg adds a branch, and no block is ever removed. */
import type { Address, Gas, Hash, Hex, WeiPerGas } from '../../../src/domain/primitives.ts'
import type { FeeBlock } from './eip1559.ts'
import type { TracedCall } from './evm.ts'
import type { RegistryLog } from './registry.ts'
import type { RegistryState } from './registryState.ts'

/** A transaction of type 2 without a value. */
export interface Transaction {
  readonly hash: Hash
  readonly from: Address
  readonly nonce: number
  readonly to: Address
  readonly data: Hex
  readonly gas: Gas
  readonly maxFeePerGas: WeiPerGas
  readonly maxPriorityFeePerGas: WeiPerGas
}

/** An externally owned account. */
export interface Account {
  readonly nonce: number
  readonly balance: bigint
}

export interface ChainState {
  readonly registry: RegistryState
  /** By address in lower case. */
  readonly accounts: ReadonlyMap<string, Account>
}

/** A transaction in its block. */
export interface Included {
  readonly transaction: Transaction
  readonly index: number
  readonly isSuccess: boolean
  readonly gasUsed: Gas
  readonly cumulativeGasUsed: Gas
  readonly gasPrice: WeiPerGas
  readonly logs: readonly RegistryLog[]
  /** Index in the block of the transaction's first log. */
  readonly firstLog: number
  readonly calls: readonly TracedCall[]
  /** The keys of its effects. */
  readonly effects: readonly string[]
}

export interface Block extends FeeBlock {
  readonly number: number
  readonly hash: Hash
  readonly parent: Block | null
  /** In seconds. */
  readonly timestamp: number
  readonly transactions: readonly Included[]
  /** The tip paid by other transactions of the block. */
  readonly tip: WeiPerGas
  readonly state: ChainState
}

const noAccount: Account = { nonce: 0, balance: 0n }

export function accountOf({ accounts }: ChainState, address: string): Account {
  return accounts.get(address.toLowerCase()) ?? noAccount
}

/** A readable hash: `b`, the number of the block, and the count of earlier blocks. */
export function blockHash(number: number, serial: number): Hash {
  return `0xb${number.toString(16).padStart(31, '0')}${serial.toString(16).padStart(32, '0')}`
}

/** The block of the branch at a height; null above the tip. */
export function ancestorAt(tip: Block, number: number, canonical: readonly Block[]): Block | null {
  if (number > tip.number || number < 0) return null
  let block = tip
  while (block.number > number) {
    if (canonical[block.number] === block) return canonical[number] ?? null
    if (block.parent === null) return null
    block = block.parent
  }
  return block
}
