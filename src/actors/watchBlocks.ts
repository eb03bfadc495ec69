/** Watches the head of the chain: the effect behind the chain monitor. */
import { type Block, BlockNotFoundError } from 'viem'
import { fromCallback } from 'xstate'
import type { BlockHead } from '../domain/chain.ts'
import type { DurationMs, Now } from '../domain/primitives.ts'
import type { WatchEvent } from '../machines/chainMonitor.ts'
import type { ChainClient } from './chainClient.ts'

/** Most missed blocks that are fetched one by one; what is older can be no news to any batch that polls itself. */
const MOST_BACKFILLED = 64

/**
 * Polls the newest block. Blocks between it and the last one are fetched too, so that no block with one of our
 * transactions goes by unseen. A failing poll is told and tried again at the next beat.
 */
export function createBlockWatch(client: ChainClient, pollInterval: DurationMs, now: Now) {
  return fromCallback<WatchEvent>(({ sendBack }) => {
    let last: BlockHead | null = null
    let timer: NodeJS.Timeout | null = null
    let stopped = false

    const poll = async () => {
      try {
        const newest = toHead(await client.getBlock({ blockTag: 'latest' }), now)
        for (const head of last === null ? [newest] : await missed(client, last, newest, now)) {
          if (stopped) return
          sendBack({ type: 'block.seen', head })
          last = head
        }
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

/** The blocks after `last` up to `newest`, in order. */
async function missed(
  client: ChainClient,
  last: BlockHead,
  newest: BlockHead,
  now: Now,
): Promise<readonly BlockHead[]> {
  if (newest.hash === last.hash) return []
  const from = Math.max(last.number + 1, newest.number - MOST_BACKFILLED)
  const heads: BlockHead[] = []
  for (let number = from; number < newest.number; number += 1) {
    heads.push(toHead(await client.getBlock({ blockNumber: BigInt(number) }), now))
  }
  return [...heads, newest]
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
