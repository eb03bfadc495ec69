/**
 * Part `everyday`: operations that arrive one by one, on blocks of two seconds. Measures the share of the operations that are
 * in the next block, and the gas of a create, compared with one bare fold of the creates that arrived for each block.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { createPublicClient, type Hex, http, webSocket } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { z } from 'zod'
import type { Devnet } from '../src/devnet/devnet.ts'
import { createIdleAccount } from '../src/load/account.ts'
import { connectGateway, type GatewayClient } from '../src/load/client.ts'
import { secureRandom } from '../src/load/random.ts'
import { foldCreates } from '../src/registry/worldId/fold.ts'
import type { CreateAccountOp, WorldIdOperation } from '../src/registry/worldId/operations.ts'
import { benchBacklog, gasPerOperation } from './backlog.ts'
import { withGateway } from './gatewayProcess.ts'
import type { Part, Row } from './row.ts'
import { creates, inserts } from './work.ts'

/** An operation that was accepted less than this before a block may be too late for the block. */
const NEXT_BLOCK_MS = 150
/** The second default account of anvil. The first account is the wallet of the gateway. */
const BARE_KEY: Hex = '0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d'
const BARE_GAS = 16_000_000n
/** Sizes of the bare folds, several times each: the cost of a fold depends on the frontier of the tree. */
const BARE_SIZES = [1, 4, 10, 16, 1, 4, 10, 16, 1, 4, 10, 16]
/** Blocks before the measurement: the gateway predicts the next block from the blocks that it has observed. */
const WARM_UP_MS = 16_000
const LOOK_EVERY_MS = 250

const RATES = [5, 1, 20, 100]
const SECONDS = 60
const QUICK_SECONDS = 24

export const everyday: Part = {
  name: 'everyday',
  rows: [
    ...RATES.flatMap((rate) => [
      `next_block_share_at_${rate}_per_second`,
      `gas_per_create_at_${rate}_per_second`,
      `gas_per_create_floor_at_${rate}_per_second`,
    ]),
    'next_block_share_of_inserts_at_5_per_second',
  ],
  /** A quick run measures five creates a second only. */
  measure: ({ isQuick }) =>
    withGateway({}, async ({ url }, chain) => {
      const seconds = isQuick ? QUICK_SECONDS : SECONDS
      await benchBacklog(url, creates(20), 20)
      const arrivals = await watchBlocks(chain)
      try {
        await sleep(WARM_UP_MS)
        const rows: Row[] = []
        for (const rate of isQuick ? RATES.slice(0, 1) : RATES) {
          rows.push(...(await measureCreates(url, chain, arrivals, rate, seconds)))
        }
        if (!isQuick) rows.push(await measureInserts(url, chain, arrivals, 5, seconds))
        return rows
      } finally {
        arrivals.close()
      }
    }),
}

async function measureCreates(
  url: string,
  chain: Devnet,
  blocks: Blocks,
  rate: number,
  seconds: number,
): Promise<readonly Row[]> {
  const start = Date.now()
  const sent = await trickle(url, creates(rate * seconds), rate)
  const gas = await gasPerOperation(url, start, sent.length)
  const floor = await floorOf(chain, arrivedFor(sent, blocks))
  const beside = `${(gas / floor).toFixed(3)} times the floor`
  return [
    shareRow(`next_block_share_at_${rate}_per_second`, sent, blocks),
    { name: `gas_per_create_at_${rate}_per_second`, value: Math.round(gas), beside },
    { name: `gas_per_create_floor_at_${rate}_per_second`, value: Math.round(floor) },
  ]
}

async function measureInserts(
  url: string,
  chain: Devnet,
  blocks: Blocks,
  rate: number,
  seconds: number,
): Promise<Row> {
  const create = (operations: readonly WorldIdOperation[]) => benchBacklog(url, operations, operations.length)
  const sent = await trickle(url, await inserts(chain, rate * seconds, create), rate)
  return shareRow(`next_block_share_of_inserts_at_${rate}_per_second`, sent, blocks)
}

interface Sent {
  readonly acceptedAt: number
  readonly blockNumber: number
}

/** The share of the operations in the next block, among those that were not accepted just before it. */
function shareRow(name: string, sent: readonly Sent[], blocks: Blocks): Row {
  const counted = sent.flatMap((each) => {
    const next = blocks.nextAfter(each.acceptedAt)
    return next.at - each.acceptedAt > NEXT_BLOCK_MS ? [each.blockNumber <= next.number] : []
  })
  const value = counted.filter(Boolean).length / counted.length
  return { name, value: Math.round(value * 1_000) / 1_000, beside: `of ${counted.length} operations` }
}

/** Sends operations at random times with a mean rate, and waits until each is finalized. */
async function trickle(
  url: string,
  operations: readonly WorldIdOperation[],
  rate: number,
): Promise<readonly Sent[]> {
  const client = connectGateway(url, 16)
  try {
    const accepted: Promise<{ readonly id: string; readonly acceptedAt: number }>[] = []
    let due = Date.now()
    for (const operation of operations) {
      due += (-Math.log(1 - Math.random()) * 1_000) / rate
      await sleep(Math.max(0, due - Date.now()))
      accepted.push(submit(client, operation))
    }
    const all = await Promise.all(accepted)
    const sent: Sent[] = []
    for (const { id, acceptedAt } of all) sent.push({ acceptedAt, blockNumber: await blockOf(url, id) })
    return sent
  } finally {
    client.close()
  }
}

async function submit(client: GatewayClient, operation: WorldIdOperation) {
  const answer = await client.submit(operation)
  if (answer.type !== 'accepted') throw new Error(`refused: ${answer.code} ${answer.message}`)
  return { id: answer.id, acceptedAt: Date.now() }
}

const operationView = z.object({
  status: z.object({ state: z.string() }),
  outcome: z.object({ block_number: z.number().optional() }).nullable(),
})

async function blockOf(url: string, id: string): Promise<number> {
  for (;;) {
    const { status, outcome } = operationView.parse(await (await fetch(`${url}/operations/${id}`)).json())
    if (outcome?.block_number !== undefined) return outcome.block_number
    if (status.state === 'failed') throw new Error(`operation ${id} failed`)
    await sleep(LOOK_EVERY_MS)
  }
}

/** The blocks since the start of the watch, with the time of each. */
interface Blocks {
  nextAfter(time: number): { readonly number: number; readonly at: number }
  close(): void
}

async function watchBlocks({ rpcUrl }: Devnet): Promise<Blocks> {
  const client = createPublicClient({ transport: webSocket(rpcUrl.replace('http:', 'ws:')) })
  const seen: { readonly number: number; readonly at: number }[] = []
  await client.transport.subscribe({
    params: ['newHeads'],
    onData: ({ result }) => seen.push({ number: Number(BigInt(result.number)), at: Date.now() }),
  })
  const socket = await client.transport.getRpcClient()
  return {
    nextAfter(time) {
      const next = seen.find(({ at }) => at > time)
      if (next === undefined) throw new Error('no block was observed after an operation')
      return next
    },
    close: () => socket.close(),
  }
}

/** The number of operations that arrived for each block with at least one. */
function arrivedFor(sent: readonly Sent[], blocks: Blocks): readonly number[] {
  const counts = new Map<number, number>()
  for (const { acceptedAt } of sent) {
    const { number } = blocks.nextAfter(acceptedAt)
    counts.set(number, (counts.get(number) ?? 0) + 1)
  }
  return [...counts.values()]
}

/** Gas of a create if all creates that arrived for a block were one bare fold: a line fitted to bare folds on the same chain. */
async function floorOf(chain: Devnet, counts: readonly number[]): Promise<number> {
  const folds = await measureBareFolds(chain)
  const meanSize = mean(folds.map(({ size }) => size))
  const meanGas = mean(folds.map(({ gas }) => gas))
  const covariance = mean(folds.map(({ size, gas }) => (size - meanSize) * (gas - meanGas)))
  const each = covariance / mean(folds.map(({ size }) => (size - meanSize) ** 2))
  const base = meanGas - each * meanSize
  const operations = counts.reduce((sum, count) => sum + count, 0)
  return each + (base * counts.length) / operations
}

async function measureBareFolds({ rpcUrl, chainId, registryAddress }: Devnet) {
  const client = createPublicClient({ transport: http(rpcUrl), pollingInterval: 50, cacheTime: 0 })
  const account = privateKeyToAccount(BARE_KEY)
  const { maxFeePerGas, maxPriorityFeePerGas } = await client.estimateFeesPerGas()
  const first = await client.getTransactionCount({ address: account.address })
  const sends = BARE_SIZES.map(async (size, index) => {
    const members = Array.from({ length: size }, (): CreateAccountOp => createIdleAccount(secureRandom))
    const serializedTransaction = await account.signTransaction({
      type: 'eip1559',
      chainId,
      nonce: first + index,
      to: registryAddress,
      data: foldCreates(members),
      gas: BARE_GAS,
      maxFeePerGas: maxFeePerGas * 20n,
      maxPriorityFeePerGas,
    })
    const hash = await client.sendRawTransaction({ serializedTransaction })
    const { status, gasUsed } = await client.waitForTransactionReceipt({ hash, timeout: 120_000 })
    if (status !== 'success') throw new Error('a bare fold reverted')
    return { size, gas: Number(gasUsed) }
  })
  return Promise.all(sends)
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
