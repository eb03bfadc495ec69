/** Reads the canonical chain, not through the proxy. */
import { keccak256, parseTransaction } from 'viem'
import type { Hash, Hex } from '../../src/domain/primitives.ts'
import { readLedger } from '../support/ledger.ts'
import { readPool } from './chainFaults.ts'
import type { Broadcast, ChainEvidence } from './evidence.ts'
import type { Scene } from './scene.ts'
import type { Task } from './traffic.ts'

export async function readChainEvidence(scene: Scene, tasks: readonly Task[]): Promise<ChainEvidence> {
  const ledger = await readLedger(scene.chain)
  const ours = new Set(ledger.walletTransactions.map(({ hash }) => hash))
  return {
    head: ledger.head,
    landings: new Map(
      tasks.map((task) => [
        task,
        ledger.landings(task.operation).map((landing) => ({ ...landing, isOurs: ours.has(landing.txHash) })),
      ]),
    ),
    ourEffects: ledger.effectsIn(ours),
    walletTransactions: ledger.walletTransactions,
    pool: await readPool(scene),
  }
}

/** Decodes signed bytes. @throws TypeError for a transaction of any type except 2 */
export function readBroadcast(raw: Hex): Broadcast {
  const { type, nonce, maxFeePerGas, maxPriorityFeePerGas } = parseTransaction(raw)
  if (type !== 'eip1559') throw new TypeError(`${type} transactions are not the gateway's`)
  return {
    hash: keccak256(raw),
    raw,
    nonce: nonce ?? 0,
    maxFeePerGas: maxFeePerGas ?? 0n,
    maxPriorityFeePerGas: maxPriorityFeePerGas ?? 0n,
  }
}

/** Rebroadcasts every attempt of the gateway, as any observer could, and mines. */
export async function replay(
  { node, chain }: Scene,
  broadcasts: readonly Broadcast[],
): Promise<readonly Hash[]> {
  const taken: Hash[] = []
  for (const { hash, raw } of broadcasts) {
    await node.ask('eth_sendRawTransaction', [raw]).then(
      () => taken.push(hash),
      () => {},
    )
  }
  await chain.client.mine({ blocks: 2 })
  return taken
}
