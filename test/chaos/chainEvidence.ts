/** Reads the canonical chain, not through the proxy. */
import { keccak256, parseTransaction } from 'viem'
import type { Hash, Hex } from '../../src/domain/primitives.ts'
import { callDataOf, STRANGER } from '../support/accounts.ts'
import { readLedger } from '../support/ledger.ts'
import { readPool } from './chainFaults.ts'
import type { Broadcast, ChainEvidence } from './evidence.ts'
import type { Scene } from './scene.ts'
import type { Task } from './traffic.ts'

const GWEI = 1_000_000_000n
/** More gas than any single operation needs. */
const CALL_GAS = 1_500_000n
/** Wei. More than any base fee of a run. */
const DEAREST_BASE_FEE = 1_000n * GWEI

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
    possible: new Set(await filter(tasks, (task) => succeedsAlone(scene, task))),
    marketPrice: await highestMarketPrice(scene, ledger.head),
    ourEffects: ledger.effectsIn(ours),
    walletTransactions: ledger.walletTransactions,
    pool: await readPool(scene),
  }
}

async function filter<T>(items: readonly T[], passes: (item: T) => Promise<boolean>): Promise<readonly T[]> {
  const passed = await Promise.all(items.map(passes))
  return items.filter((_, index) => passed[index])
}

/** Whether the registry accepts an operation alone. The call pays for gas, as a transaction does: an agent can see it. */
function succeedsAlone({ chain: { client, registryAddress } }: Scene, { operation }: Task): Promise<boolean> {
  const call = { account: STRANGER, to: registryAddress, data: callDataOf(operation), gas: CALL_GAS }
  return client.call({ ...call, gasPrice: DEAREST_BASE_FEE }).then(
    () => true,
    () => false,
  )
}

/** Twice the highest base fee, and the highest suggested tip. The base fee of orphaned blocks follows from the plan. */
async function highestMarketPrice({ plan, chain: { client } }: Scene, head: number): Promise<bigint> {
  const { baseFeePerGas } = await client.getFeeHistory({
    blockCount: Math.min(head, 1_000),
    rewardPercentiles: [],
  })
  const spikes = plan.happenings
    .filter(({ fault }) => fault === 'spike')
    .map(({ strength }) => BigInt(strength))
  const fees = [...baseFeePerGas, ...spikes.map((gwei) => gwei * GWEI)]
  const highest = fees.reduce((most, fee) => (fee > most ? fee : most), 0n)
  return (9n * highest) / 4n + 2n * GWEI
}

/** Decodes signed bytes. @throws TypeError for a transaction of any type except 2 */
export function readBroadcast(raw: Hex, verdicts: Broadcast['verdicts']): Broadcast {
  const { type, nonce, data, maxFeePerGas, maxPriorityFeePerGas } = parseTransaction(raw)
  if (type !== 'eip1559') throw new TypeError(`${type} transactions are not the gateway's`)
  return {
    hash: keccak256(raw),
    raw,
    nonce: nonce ?? 0,
    maxFeePerGas: maxFeePerGas ?? 0n,
    maxPriorityFeePerGas: maxPriorityFeePerGas ?? 0n,
    isCancel: data === undefined || data === '0x',
    verdicts,
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
