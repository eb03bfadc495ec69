/** Watches the head of the chain: the effect behind the chain monitor. */
import { type Block, BlockNotFoundError } from 'viem'
import { fromCallback } from 'xstate'
import type { BlockHead } from '../domain/chain.ts'
import type { DurationMs, Now } from '../domain/primitives.ts'
import type { WatchEvent } from '../machines/chainMonitor.ts'
import { REORG_WINDOW } from '../machines/opsBatcher.ts'
import type { ChainClient } from './chainClient.ts'

/** Most blocks that are fetched one by one, and that are remembered: batches look no further back, either. */
const MOST_BLOCKS = REORG_WINDOW

/**
 * Polls the newest block. Its ancestors are fetched too, down to one that was told already: no block with one of our
 * transactions goes by unseen, and a reorg is told from its first block on, however deep it is. A failing poll is told
 * and tried again at the next beat.
 */
export function createBlockWatch(client: ChainClient, pollInterval: DurationMs, now: Now) {
  return fromCallback<WatchEvent>(({ sendBack }) => {
    let told: readonly BlockHead[] = []
    let timer: NodeJS.Timeout | null = null
    let stopped = false

    const poll = async () => {
      try {
        const newest = toHead(await client.getBlock({ blockTag: 'latest' }), now)
        const heads = await untold(client, told, newest, now)
        if (stopped) return
        for (const head of heads) sendBack({ type: 'block.seen', head })
        told = extend(told, heads)
      } catch (error) {
        if (!stopped) sendBack({ type: 'watch.failed', message: describe(error) })
      }
      if (!stopped) timer = setTimeout(poll, pollInterval)
    }

    void poll()
    return () => {
      stopped = true
      if (timer !== null) clearTimeout(timer)
    }
  })
}

/** The newest block and its ancestors up to one that was told, in ascending order. */
async function untold(
  client: ChainClient,
  told: readonly BlockHead[],
  newest: BlockHead,
  now: Now,
): Promise<readonly BlockHead[]> {
  const [oldest] = told
  if (oldest === undefined) return [newest]
  const known = new Set(told.map(({ hash }) => hash))
  if (known.has(newest.hash)) return []
  const heads = [newest]
  for (let first = newest; !known.has(first.parentHash) && heads.length < MOST_BLOCKS; ) {
    if (first.number <= oldest.number) break
    first = toHead(await client.getBlock({ blockHash: first.parentHash }), now)
    heads.unshift(first)
  }
  return heads
}

/** The newest blocks of the chain that was told: those that new heads replace are not of it any more. */
function extend(told: readonly BlockHead[], heads: readonly BlockHead[]): readonly BlockHead[] {
  const [first] = heads
  if (first === undefined) return told
  return [...told.filter(({ number }) => number < first.number), ...heads].slice(-MOST_BLOCKS)
}

function toHead(block: Block, now: Now): BlockHead {
  if (block.number === null || block.hash === null) throw new BlockNotFoundError({})
  return {
    number: Number(block.number),
    hash: block.hash,
    parentHash: block.parentHash,
    baseFee: Number(block.baseFeePerGas ?? 0n),
    gasUsed: Number(block.gasUsed),
    gasLimit: Number(block.gasLimit),
    transactions: block.transactions.map((entry) => (typeof entry === 'string' ? entry : entry.hash)),
    seenAt: now(),
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.message.split('\n')[0] ?? error.name) : String(error)
}
