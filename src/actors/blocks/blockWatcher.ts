/**
 * Watches the head of the chain. It polls four times per block time (at the poll interval while the block time is
 * unknown) and at each push of the endpoint. Blocks between the last reported and the newest block are fetched: no
 * block with a transaction of ours is missed. No failure ends the watch.
 */
import { BaseError } from 'viem'
import type { ChainConfig, PendingBatchConfig } from '../../domain/config.ts'
import type { DurationMs, Millis, Now } from '../../domain/primitives.ts'
import type { WatchEvent, WatchInput } from '../../machines/chainMonitor/context.ts'
import type { ChainClient } from '../../rpc/chainClient.ts'
import type { Endpoint } from '../../rpc/endpoint.ts'
import type { Endpoints } from '../../rpc/endpoints.ts'
import {
  blockTimeOf,
  cutTrail,
  extendTrail,
  isOnTrail,
  missingBlocks,
  type ReadBlock,
  type Trail,
} from './blockTrail.ts'
import { HeadSubscription } from './headSubscription.ts'
import { pollDelay, suspicionDelay } from './pollDelay.ts'
import { readHead, toSeen } from './readBlock.ts'
import { TagReader } from './tagReader.ts'

export type WatchConfig = Pick<ChainConfig, 'pollInterval' | 'stallTimeout'> &
  Pick<PendingBatchConfig, 'finality'>

interface BlockWatcherOptions {
  readonly endpoints: Endpoints
  readonly config: WatchConfig
  readonly now: Now
  readonly report: (event: WatchEvent) => void
  /** The last block that was reported before; null for none. */
  readonly head: WatchInput['head']
}

/** Why the watcher polls. */
type PollReason = 'timer' | 'push' | 'failover'

export class BlockWatcher {
  readonly #options: BlockWatcherOptions
  readonly #subscription = new HeadSubscription(() => this.#pollNow('push'))
  readonly #tags: TagReader
  #trail: Trail = []
  /** Average block time of the trail at the last new block; null while unknown. */
  #blockTime: DurationMs | null = null
  #timer: NodeJS.Timeout | null = null
  #isPolling = false
  /** Why to poll again right after the poll in progress; null for no reason. */
  #next: Exclude<PollReason, 'timer'> | null = null
  #isStopped = false
  /** Whether a push, and not the timer, found the last new block. */
  #isPushed = false
  #newBlockAt: Millis
  /** When the endpoint was last compared with the other endpoints. */
  #comparedAt: Millis
  /** Since when the endpoint shows only blocks below the end of the trail; null while it does not. */
  #lowerSince: Millis | null = null

  constructor(options: BlockWatcherOptions) {
    this.#options = options
    this.#tags = new TagReader(options.config.finality, (event) => {
      if (!this.#isStopped) options.report(event)
    })
    this.#newBlockAt = options.now()
    this.#comparedAt = this.#newBlockAt
  }

  start(): void {
    const { head, report } = this.#options
    if (head !== null) {
      this.#trail = [{ head, minedAt: null }]
      report({ type: 'block.seen', head })
    }
    this.#pollNow('timer')
  }

  stop(): void {
    this.#isStopped = true
    this.#subscription.close()
    if (this.#timer !== null) clearTimeout(this.#timer)
  }

  #pollNow(reason: PollReason): void {
    if (this.#isStopped) return
    if (this.#isPolling) {
      if (reason !== 'timer') this.#next = reason
      return
    }
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#isPolling = true
    this.#next = null
    void this.#poll(reason === 'push').finally(() => {
      this.#isPolling = false
      if (this.#isStopped) return
      if (this.#next !== null) this.#pollNow(this.#next)
      else this.#timer = setTimeout(() => this.#pollNow('timer'), this.#delay())
    })
  }

  async #poll(isPush: boolean): Promise<void> {
    const { endpoints, report } = this.#options
    const endpoint = endpoints.best()
    try {
      await this.#follow(endpoint, isPush)
      void this.#subscription.subscribeTo(endpoint)
    } catch (error) {
      if (!this.#isStopped) report({ type: 'watch.failed', message: `${endpoint.name}: ${describe(error)}` })
    }
    if (!endpoint.isUp && endpoints.best().isUp) this.#next = 'failover'
  }

  /**
   * Reports the new blocks of an endpoint. @throws viem's error when the endpoint does not answer; Error when the
   * endpoint is behind
   */
  async #follow(endpoint: Endpoint, isPush: boolean): Promise<void> {
    const { endpoints, now, report } = this.#options
    const newest = await readHead(endpoint.client, now)
    const { number, hash } = newest.head
    await this.#rejectLower(endpoint, number)
    const isKnown = isOnTrail(this.#trail, hash)
    const blocks = isKnown ? [] : await missingBlocks(this.#trail, newest, readerOf(endpoint.client, now))
    if (this.#isStopped) return
    this.#trail = isKnown ? cutTrail(this.#trail, number) : extendTrail(this.#trail, blocks)
    if (blocks.length > 0) this.#blockTime = blockTimeOf(this.#trail)
    for (const { head } of blocks) report({ type: 'block.seen', head })
    endpoints.noteHead(number, this.#blockTime)
    if (blocks.length > 0 || !this.#tags.hasRead) void this.#tags.read(endpoint.client)
    if (blocks.length > 0) {
      // The timer found the block before the push: the subscription may be dead.
      if (!isPush && this.#isPushed) this.#subscription.close()
      this.#isPushed = isPush
      this.#newBlockAt = now()
    } else {
      report({ type: 'watch.answered' })
      await this.#compareIfQuiet(endpoint, number)
    }
  }

  /**
   * An endpoint whose newest block is below the last reported block is behind. If the endpoint stays behind, the chain was rolled back.
   * @throws Error while the endpoint counts as behind
   */
  async #rejectLower(endpoint: Endpoint, number: number): Promise<void> {
    const tip = this.#trail.at(-1)
    if (tip === undefined || number >= tip.head.number) {
      this.#lowerSince = null
      return
    }
    const at = this.#options.now()
    this.#lowerSince ??= at
    if (at - this.#lowerSince >= this.#suspicionDelay() && endpoint.isUsable) return
    await this.#options.endpoints.compareHeads(endpoint, number)
    throw new Error(`newest block ${number} is below block ${tip.head.number}, which was seen before`)
  }

  /** Compares the endpoint with the other endpoints when it has shown no new block for long. */
  async #compareIfQuiet(endpoint: Endpoint, number: number): Promise<void> {
    const at = this.#options.now()
    if (at - Math.max(this.#newBlockAt, this.#comparedAt) < this.#suspicionDelay()) return
    this.#comparedAt = at
    await this.#options.endpoints.compareHeads(endpoint, number)
  }

  #suspicionDelay(): DurationMs {
    return suspicionDelay({ ...this.#options.config, blockTime: this.#blockTime })
  }

  #delay(): DurationMs {
    const { config, now } = this.#options
    return pollDelay({
      ...config,
      blockTime: this.#blockTime,
      sinceNewBlock: now() - this.#newBlockAt,
      isPushed: this.#subscription.isOpen && this.#isPushed,
    })
  }
}

function readerOf(client: ChainClient, now: Now): ReadBlock {
  return async (at) => toSeen(await client.getBlock(at), now)
}

function describe(error: unknown): string {
  if (error instanceof BaseError) return error.details || error.shortMessage
  return error instanceof Error ? error.message : String(error)
}
