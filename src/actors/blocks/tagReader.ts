/** Reads the blocks with the tags `safe` and `finalized`. A slow or missing answer never delays the block watcher. */
import { BlockNotFoundError } from 'viem'
import type { BlockRef } from '../../domain/chain.ts'
import type { VerdictLevel } from '../../domain/finality.ts'
import type { WatchEvent } from '../../machines/chainMonitor/context.ts'
import { reasonOf } from '../../machines/failingEffects.ts'
import type { ChainClient } from '../../rpc/chainClient.ts'

type Tag = 'safe' | 'finalized'

export class TagReader {
  readonly #finality: VerdictLevel
  readonly #report: (event: WatchEvent) => void
  #isReading = false
  /** Whether the tags have been read since the start. A chain may make no block for long. */
  hasRead = false

  /** @param finality the level of the verdicts: only the failure to read its tag is reported */
  constructor(finality: VerdictLevel, report: (event: WatchEvent) => void) {
    this.#finality = finality
    this.#report = report
  }

  /** Reports both tags, unless a read is running. Never throws. */
  async read(client: ChainClient): Promise<void> {
    if (this.#isReading) return
    this.#isReading = true
    const [safe, finalized] = await Promise.all([
      this.#block(client, 'safe'),
      this.#block(client, 'finalized'),
    ])
    this.#isReading = false
    this.hasRead = true
    this.#report({ type: 'tags.seen', safe, finalized })
  }

  /** Many chains have no tags: only verdicts that wait for a tag make its absence a failure. */
  async #block(client: ChainClient, blockTag: Tag): Promise<BlockRef | null> {
    try {
      const { number, hash } = await client.getBlock({ blockTag })
      if (number === null || hash === null) throw new BlockNotFoundError({})
      if (this.#finality === blockTag) this.#report({ type: 'tags.answered' })
      return { blockNumber: Number(number), blockHash: hash }
    } catch (error) {
      if (this.#finality === blockTag) {
        this.#report({ type: 'tags.failed', message: `no ${blockTag} block: ${reasonOf(error)}` })
      }
      return null
    }
  }
}
