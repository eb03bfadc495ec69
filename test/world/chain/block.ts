/** Blocks, what is in them, and the tree that they make: a reorg grows another branch, and nothing is ever cut off. */
import type { Address, Gas, Hash, Hex, WeiPerGas } from '../../../src/domain/primitives.ts'
import type { FeeBlock } from './eip1559.ts'
import type { TracedCall } from './evm.ts'
import type { RegistryLog } from './registry.ts'
import type { RegistryState } from './registryState.ts'

/** A transaction of type 2 that moves no ether. */
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
  /** Index of its first log in the block. */
  readonly firstLog: number
  readonly calls: readonly TracedCall[]
  /** The operations that it carried out. */
  readonly effects: readonly string[]
}

export interface Block extends FeeBlock {
  readonly number: number
  readonly hash: Hash
  readonly parent: Block | null
  /** In seconds. */
  readonly timestamp: number
  readonly transactions: readonly Included[]
  /** What the others in it paid above the base fee. */
  readonly tip: WeiPerGas
  readonly state: ChainState
}

const noAccount: Account = { nonce: 0, balance: 0n }

export function accountOf({ accounts }: ChainState, address: string): Account {
  return accounts.get(address.toLowerCase()) ?? noAccount
}

/** A hash that a reader recognises: `b`, the block's number, and how many blocks there were before it. */
export function blockHash(number: number, serial: number): Hash {
  return `0xb${number.toString(16).padStart(31, '0')}${serial.toString(16).padStart(32, '0')}`
}

/** The branch's block at a height; null above its tip. */
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
