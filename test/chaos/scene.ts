/** The state behind the faults of the chain. */
import type { Hash } from '../../src/domain/primitives.ts'
import type { TestChain } from '../support/chain.ts'
import type { Branch } from './branch.ts'
import type { Plan } from './plan.ts'
import type { Node } from './rpc.ts'
import type { Task } from './traffic.ts'

export interface Scene {
  readonly plan: Plan
  readonly chain: TestChain
  readonly node: Node
  /** The height at the start of the run: no reorg goes deeper. */
  readonly firstBlock: number
  /** The greatest height so far. */
  highest: number
  /** Remaining beats without a block. */
  stalledFor: number
  /** Additional blocks of the next beat. */
  extraBlocks: number
  /** The last orphaned branch, and the number of beats in which nodes still show the branch. */
  orphaned: { readonly branch: Branch; beatsLeft: number } | null
  /** A snapshot of the chain with the newest block. Null without a snapshot, or after a reorg below the block. */
  snapshot: { readonly id: string; readonly head: number } | null
  /** Whether a final block was orphaned. */
  isFinalityBroken: boolean
  /** Foreign transactions: sent with the key of the wallet, and not by the gateway. */
  readonly intrusions: Set<Hash>
  /** Acknowledged tasks without a known verdict. */
  readonly openTasks: () => readonly Task[]
}

export async function headNumber({ node }: Pick<Scene, 'node'>): Promise<number> {
  return Number(await node.ask<string>('eth_blockNumber'))
}
