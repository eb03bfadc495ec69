/**
 * Watches the head of the chain: the effect behind the chain monitor.
 *
 * It looks for the newest block: four times a block as far as the block time is known, but never less often than the poll
 * interval says; or when the endpoint pushes. Whatever lies between that block and the last one that was passed on is
 * fetched, so that no block with one of our transactions goes by unseen. No failure ends it.
 */
import { BaseError } from 'viem'
import { fromCallback } from 'xstate'
import type { ChainConfig } from '../domain/config.ts'
import type { DurationMs, Millis, Now } from '../domain/primitives.ts'
import type { WatchEvent, WatchInput } from '../machines/chainMonitor/context.ts'
import type { ChainClient } from '../rpc/chainClient.ts'
import type { Endpoint } from '../rpc/endpoint.ts'
import type { Endpoints } from '../rpc/endpoints.ts'
import {
  blockTimeOf,
  cutTrail,
  extendTrail,
  isOnTrail,
  missingBlocks,
  type ReadBlock,
  type Trail,
} from './blocks/blockTrail.ts'
import { HeadPush } from './blocks/headPush.ts'
import { patienceOf, pauseOf } from './blocks/lookPace.ts'
import { readHead, toSeen } from './blocks/readBlock.ts'

type WatchConfig = Pick<ChainConfig, 'pollInterval' | 'stallTimeout'>

export function createBlockWatch(endpoints: Endpoints, config: WatchConfig, now: Now) {
  return fromCallback<WatchEvent, WatchInput>(({ sendBack, input }) => {
    const watcher = new BlockWatcher({ endpoints, config, now, tell: sendBack, head: input.head })
    watcher.start()
    return () => watcher.stop()
  })
}

interface BlockWatcherOptions {
  readonly endpoints: Endpoints
  readonly config: WatchConfig
  readonly now: Now
  readonly tell: (event: WatchEvent) => void
  /** The block to go on from; null for none. */
  readonly head: WatchInput['head']
}

class BlockWatcher {
  readonly #options: BlockWatcherOptions
  readonly #push = new HeadPush(() => this.#lookNow('push'))
  #trail: Trail = []
  /** By the trail as it was at the last new block; null while it does not tell. */
  #blockTime: DurationMs | null = null
  #timer: NodeJS.Timeout | null = null
  #isLooking = false
  /** Why to look again as soon as the present look is over. */
  #next: 'push' | 'failover' | null = null
  #isStopped = false
  /** Whether it was a push that brought the last new block. */
  #isPushed = false
  /** When the last new block was seen. */
  #newsAt: Millis
  #comparedAt: Millis
  /** Since when only blocks below the trail's end are shown. */
  #lowerSince: Millis | null = null

  constructor(options: BlockWatcherOptions) {
    this.#options = options
    this.#newsAt = options.now()
    this.#comparedAt = this.#newsAt
  }

  start(): void {
    const { head, tell } = this.#options
    if (head !== null) {
      this.#trail = [{ head, minedAt: null }]
      tell({ type: 'block.seen', head })
    }
    this.#lookNow('poll')
  }

  stop(): void {
    this.#isStopped = true
    this.#push.close()
    if (this.#timer !== null) clearTimeout(this.#timer)
  }

  #lookNow(reason: 'poll' | 'push' | 'failover'): void {
    if (this.#isStopped) return
    if (this.#isLooking) {
      if (reason !== 'poll') this.#next = reason
      return
    }
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#isLooking = true
    this.#next = null
    void this.#look(reason === 'push').finally(() => {
      this.#isLooking = false
      if (this.#isStopped) return
      if (this.#next !== null) this.#lookNow(this.#next)
      else this.#timer = setTimeout(() => this.#lookNow('poll'), this.#pause())
    })
  }

  async #look(isPush: boolean): Promise<void> {
    const { endpoints, tell } = this.#options
    const endpoint = endpoints.best()
    try {
      await this.#follow(endpoint, isPush)
      void this.#push.listenTo(endpoint)
    } catch (error) {
      if (!this.#isStopped) tell({ type: 'watch.failed', message: `${endpoint.name}: ${describe(error)}` })
    }
    if (!endpoint.isUp && endpoints.best().isUp) this.#next = 'failover'
  }

  /** Passes on what is new at an endpoint. @throws viem's error when it does not answer; Error when it is behind */
  async #follow(endpoint: Endpoint, isPush: boolean): Promise<void> {
    const { endpoints, now, tell } = this.#options
    const newest = await readHead(endpoint.client, now)
    const { number, hash } = newest.head
    await this.#refuseLower(endpoint, number)
    const isKnown = isOnTrail(this.#trail, hash)
    const blocks = isKnown ? [] : await missingBlocks(this.#trail, newest, readerOf(endpoint.client, now))
    if (this.#isStopped) return
    this.#trail = isKnown ? cutTrail(this.#trail, number) : extendTrail(this.#trail, blocks)
    if (blocks.length > 0) this.#blockTime = blockTimeOf(this.#trail)
    for (const { head } of blocks) tell({ type: 'block.seen', head })
    endpoints.noteHead(number)
    if (blocks.length > 0) {
      // A push that others were quicker than may be none any more.
      if (!isPush && this.#isPushed) this.#push.close()
      this.#isPushed = isPush
      this.#newsAt = now()
    } else {
      tell({ type: 'watch.answered' })
      await this.#compare(endpoint, number)
    }
  }

  /**
   * An endpoint that shows less than was seen is behind: time does not go backwards. One that insists may have become the
   * truth: a chain that was rolled back.
   * @throws Error while it is taken for behind
   */
  async #refuseLower(endpoint: Endpoint, number: number): Promise<void> {
    const tip = this.#trail.at(-1)
    if (tip === undefined || number >= tip.head.number) {
      this.#lowerSince = null
      return
    }
    const at = this.#options.now()
    this.#lowerSince ??= at
    if (at - this.#lowerSince >= this.#patience() && endpoint.isUp) return
    await this.#options.endpoints.compareHeads(endpoint, number)
    throw new Error(`its newest block is ${number}, and ${tip.head.number} was seen`)
  }

  /** When nothing is new for long, other endpoints may know better. */
  async #compare(endpoint: Endpoint, number: number): Promise<void> {
    const at = this.#options.now()
    if (at - Math.max(this.#newsAt, this.#comparedAt) < this.#patience()) return
    this.#comparedAt = at
    await this.#options.endpoints.compareHeads(endpoint, number)
  }

  #patience(): DurationMs {
    return patienceOf({ ...this.#options.config, blockTime: this.#blockTime })
  }

  #pause(): DurationMs {
    const { config, now } = this.#options
    return pauseOf({
      ...config,
      blockTime: this.#blockTime,
      sinceNews: now() - this.#newsAt,
      isPushed: this.#push.isOpen && this.#isPushed,
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
