/** The effect of each fault on the chain. Each effect returns a description, or null when the fault did not apply. */
import { BaseError } from 'viem'
import { privateKeyToAddress } from 'viem/accounts'
import type { Hash, Hex } from '../../src/domain/primitives.ts'
import { callDataOf, STRANGER, sendAsStranger } from '../support/accounts.ts'
import { type Branch, readBranch } from './branch.ts'
import { chanceOf } from './chance.ts'
import type { ChainFault } from './faults.ts'
import { headNumber, type Scene } from './scene.ts'

type ChainEffect = (scene: Scene, strength: number) => Promise<string | null>

const GWEI = 1_000_000_000n

/** Number of beats in which some nodes still show an orphaned branch. */
const BEATS_OF_OLD_BRANCH = 5

export const CHAIN_FAULTS: Readonly<Record<ChainFault, ChainEffect>> = {
  async poolDrop(scene, strength) {
    const pool = await readPool(scene)
    const victim = pool[strength % Math.max(1, pool.length)]
    if (victim === undefined) return null
    await scene.node.ask('anvil_dropTransaction', [victim.hash])
    return `nonce ${Number(victim.nonce)} leaves the pool`
  },

  async spike({ chain }, strength) {
    await chain.client.setNextBlockBaseFeePerGas({ baseFeePerGas: BigInt(strength) * GWEI })
    return `base fee ${strength} gwei`
  },

  async stall(scene, strength) {
    scene.stalledFor = strength
    return `no block for ${strength} beats`
  },

  async burst(scene, strength) {
    scene.extraBlocks = strength
    return `${strength} more blocks`
  },

  async reorg(scene, strength) {
    const head = await headNumber(scene)
    return replaceBlocks(scene, head, Math.min(strength, unfinalDepth(scene, head)))
  },

  async rollback(scene, strength) {
    const head = await headNumber(scene)
    const depth = Math.min(strength, unfinalDepth(scene, head))
    if (depth <= 0) return null
    await leaveBranch(scene, depth)
    await scene.node.ask('anvil_rollback', [depth])
    return `${depth} blocks are orphaned, down to ${head - depth}`
  },

  async revert(scene, strength) {
    const head = await headNumber(scene)
    const { snapshot } = scene
    const depth = head - (snapshot?.head ?? head)
    if (snapshot === null || depth > unfinalDepth(scene, head)) {
      scene.snapshot = { id: await scene.node.ask<string>('evm_snapshot'), head }
      return null
    }
    if (depth < strength) return null
    await leaveBranch(scene, depth)
    await scene.node.ask('evm_revert', [snapshot.id])
    return `${depth} blocks are reverted, down to ${snapshot.head}`
  },

  async deepReorg(scene, strength) {
    const head = await headNumber(scene)
    const depth = Math.min(strength, head - scene.firstBlock)
    const told = await replaceBlocks(scene, head, depth)
    scene.isFinalityBroken ||= told !== null && depth > unfinalDepth(scene, head)
    return told
  },

  async intrusion(scene, strength) {
    const { client, walletPrivateKey } = scene.chain
    const address = privateKeyToAddress(walletPrivateKey)
    const pool = await readPool(scene)
    const isTail = strength % 2 === 0
    const nonce = await client.getTransactionCount({ address, blockTag: isTail ? 'pending' : 'latest' })
    const rival = pool.find((tx) => Number(tx.nonce) === nonce)
    // The next block's base fee may have any value.
    const { baseFeePerGas } = await client.getBlock({ blockTag: 'pending' })
    // Enough to replace the pending transaction.
    const tip = 2n * BigInt(rival?.maxPriorityFeePerGas ?? GWEI)
    const most = 2n * BigInt(rival?.maxFeePerGas ?? 0n)
    const enough = 2n * (baseFeePerGas ?? 0n) + tip
    const maxFeePerGas = most > enough ? most : enough
    const fees = { maxFeePerGas, maxPriorityFeePerGas: tip }
    const sent = client.sendTransaction({ to: STRANGER, nonce, gas: 21_000n, ...fees })
    const hash = await sent.catch(nullIfTooLate)
    if (hash === null) return null
    scene.intrusions.add(hash)
    return `takes nonce ${nonce}${rival === undefined ? '' : ', replacing what was pending'}`
  },

  async frontRun(scene, strength) {
    const open = scene.openTasks()
    const task = open[strength % Math.max(1, open.length)]
    if (task === undefined) return null
    await sendAsStranger(scene.chain, callDataOf(task.operation), { tip: 5n })
    return task.name
  },
}

/** The nonce was consumed since the pool was read: the intrusion did not happen. @throws any other error */
function nullIfTooLate(error: unknown): null {
  if (error instanceof BaseError && /underpriced|nonce too low/.test(error.details)) return null
  throw error
}

/** Number of blocks that a reorg can orphan without undoing a final block or a block before the run. */
function unfinalDepth({ plan, highest, firstBlock }: Scene, head: number): number {
  return Math.min(head - firstBlock, head - highest + plan.confirmations)
}

/** The newest blocks will be orphaned. Some nodes still show them. @returns the blocks */
async function leaveBranch(scene: Scene, depth: number): Promise<Branch> {
  const branch = await readBranch(scene.node, depth)
  scene.orphaned = { branch, beatsLeft: BEATS_OF_OLD_BRANCH }
  scene.snapshot = null
  return branch
}

/** Replaces the newest blocks. The transactions are mined again, return to the pool, or are dropped. */
async function replaceBlocks(scene: Scene, head: number, depth: number): Promise<string | null> {
  if (depth <= 0) return null
  const { node, plan } = scene
  const chance = chanceOf(plan.seed, 'reorg', head)
  const branch = await leaveBranch(scene, depth)
  const raws: Hex[] = []
  for (const { transactions } of branch.blocks.values()) {
    for (const hash of transactions) raws.push(await node.ask<Hex>('eth_getRawTransactionByHash', [hash]))
  }
  const fate = chance.pick(['mined again', 'back in the pool', 'gone'] as const)
  const offset = chance.below(depth)
  await node.ask('anvil_reorg', [depth, fate === 'mined again' ? raws.map((raw) => [raw, offset]) : []])
  if (fate === 'back in the pool') {
    // A pool refuses a transaction with a newer replacement.
    for (const raw of raws) await node.ask('eth_sendRawTransaction', [raw]).catch(() => {})
  }
  return `blocks ${head - depth + 1} to ${head} are replaced, ${raws.length} transactions ${fate}`
}

export interface PooledTransaction {
  readonly hash: Hash
  readonly nonce: Hex
  readonly maxFeePerGas: Hex
  readonly maxPriorityFeePerGas: Hex
}

type Pool = Readonly<Record<string, Readonly<Record<string, PooledTransaction>>>>

/** The pending transactions of the wallet in the pool of the node. */
export async function readPool({
  node,
  chain,
}: Pick<Scene, 'node' | 'chain'>): Promise<readonly PooledTransaction[]> {
  const wallet = privateKeyToAddress(chain.walletPrivateKey).toLowerCase()
  const { pending, queued } = await node.ask<{ readonly pending: Pool; readonly queued: Pool }>(
    'txpool_content',
  )
  return [pending, queued].flatMap((part) => Object.values(part[wallet] ?? {}))
}
