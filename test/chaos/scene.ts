/** What the faults of the chain act on, and what they leave behind for the proof. */
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
  /** Number of the block at which the run began: nothing below it is taken back. */
  readonly firstBlock: number
  /** The highest number that a block ever had. */
  highest: number
  /** Beats for which no block is mined any more. */
  stalledFor: number
  /** Blocks that are mined with the next beat, besides its own. */
  extraBlocks: number
  /** What the last reorg orphaned, and how many beats nodes go on to show it. */
  orphaned: { readonly branch: Branch; beatsLeft: number } | null
  /** A state to go back to: its name, and its newest block. Null when none is kept, or its blocks are not canonical. */
  snapshot: { readonly id: string; readonly head: number } | null
  /** Whether blocks were taken back that were deep enough to be final. */
  isFinalityBroken: boolean
  /** Transactions of the wallet that the gateway has not signed. */
  readonly intrusions: Set<Hash>
  /** Tasks that were acknowledged and have not ended as far as is known. */
  readonly openTasks: () => readonly Task[]
}

export async function headNumber({ node }: Pick<Scene, 'node'>): Promise<number> {
  return Number(await node.ask<string>('eth_blockNumber'))
}
