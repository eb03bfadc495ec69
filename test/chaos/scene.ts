/** The state that the faults of the chain change. */
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
  /** The last orphaned branch, and the remaining beats for which nodes show it. */
  orphaned: { readonly branch: Branch; beatsLeft: number } | null
  /** A snapshot of the chain with its newest block. Null without one, or after a reorg below it. */
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
