/**
 * The RPC endpoints of one chain. Two endpoints seldom agree on head, nonces and receipts. Therefore all reads of a
 * decision use one client, given by `pin()`.
 *
 * `pin()` gives the first `Up` endpoint of the list: the order is the user's preference. While none is `Up`, it gives the
 * fastest `Slow` endpoint. Each `pin()` also probes the endpoints whose pause is over. The block watcher pins at every poll.
 */
import type { EndpointView } from '../domain/chain.ts'
import type { ChainConfig, PendingBatchConfig } from '../domain/config.ts'
import { StartupError, UnavailableError } from '../domain/errors.ts'
import type { DurationMs, Now } from '../domain/primitives.ts'
import { namesOfUrls } from '../domain/rpcUrl.ts'
import type { ChainClient } from './chainClient.ts'
import { Endpoint, type EndpointObserver } from './endpoint.ts'
import { createHttpLink } from './httpLink.ts'
import type { RpcLink } from './rpcLink.ts'
import { SendOnlyEndpoint, type TransactionSender } from './sendOnlyEndpoint.ts'
import { createSocketLink } from './socketLink.ts'

export type EndpointsConfig = Pick<ChainConfig, 'rpcUrls' | 'rpcTimeout' | 'rpcConcurrency'> &
  Partial<Pick<ChainConfig, 'sendOnlyRpcUrls'>> &
  Pick<PendingBatchConfig, 'simulationTimeout'>

/** Makes the link to an endpoint. A link connects at its first request. */
export type OpenLink = (url: string, name: string) => RpcLink

const openLink: OpenLink = (url, name) =>
  url.startsWith('ws') ? createSocketLink(url, name) : createHttpLink(url, name)

/**
 * Number of blocks that an endpoint may lack before the endpoint counts as `Behind`: a block reaches nodes at different
 * moments.
 */
const TOLERANCE = 2

/**
 * Least limit of the duration of light calls. On a chain with very short blocks, distance alone would make every endpoint
 * slow.
 */
const LEAST_SLOW_LIMIT: DurationMs = 250

/** Least time after which a light call is given up: a node may be busy for a moment. */
const LEAST_PATIENCE: DurationMs = 1_000

/** Methods that execute code. Their timeout is that of a simulation. */
const RUNS_CODE: ReadonlySet<string> = new Set(['eth_call', 'debug_traceTransaction'])

/**
 * Opens the endpoints. They are used after `connect`.
 * @param open makes the links; default: over HTTP or websocket, by the URL
 */
export function openEndpoints(
  config: EndpointsConfig,
  observe: EndpointObserver,
  now: Now,
  open = openLink,
): Endpoints {
  return new Endpoints(config, observe, now, open)
}

/** Opens the endpoints and connects them. @throws as `Endpoints.connect` */
export async function connectEndpoints(...parameters: Parameters<typeof openEndpoints>): Promise<Endpoints> {
  const endpoints = openEndpoints(...parameters)
  try {
    await endpoints.connect()
    return endpoints
  } catch (error) {
    endpoints.close()
    throw error
  }
}

export class Endpoints {
  readonly #all: readonly Endpoint[]
  readonly #sendOnly: readonly SendOnlyEndpoint[]
  #chainId: number | null = null
  /** Number of the newest known block; null before the first. */
  #head: number | null = null
  /** Average time between recent blocks; null while unknown. */
  #blockTime: DurationMs | null = null

  constructor(config: EndpointsConfig, observe: EndpointObserver, now: Now, open: OpenLink) {
    const {
      rpcUrls,
      sendOnlyRpcUrls = [],
      rpcTimeout,
      rpcConcurrency: concurrency,
      simulationTimeout,
    } = config
    const names = namesOfUrls([...rpcUrls, ...sendOnlyRpcUrls])
    const timeoutOf = (method: string): DurationMs => (RUNS_CODE.has(method) ? simulationTimeout : rpcTimeout)
    const expected = () => ({ chainId: this.#chainId, head: this.#leastHead() })
    this.#all = rpcUrls.map((url, index) => {
      const name = names[index] ?? ''
      const link = open(url, name)
      const slowLimit = () => this.#slowLimit()
      const patience = () => this.#patienceWith(name)
      return new Endpoint({
        name,
        link,
        timeoutOf,
        concurrency,
        expected,
        slowLimit,
        patience,
        observe,
        now,
      })
    })
    this.#sendOnly = sendOnlyRpcUrls.map((url, index) => {
      const name = names[rpcUrls.length + index] ?? ''
      return new SendOnlyEndpoint({ name, link: open(url, name), timeout: rpcTimeout, concurrency, observe })
    })
  }

  /**
   * Checks that all endpoints serve the same chain. A silent endpoint is probed later, and is unused until a probe has proved
   * the chain id.
   * @throws UnavailableError when no endpoint answers
   * @throws StartupError when endpoints belong to different chains
   */
  async connect(): Promise<void> {
    await Promise.all(this.#all.map((endpoint) => endpoint.probe()))
    const [first, ...others] = this.#all.filter(({ isUp }) => isUp)
    if (first === undefined) {
      const reasons = this.view().map(({ name, message }) => `${name}: ${message}`)
      throw new UnavailableError(
        'chain_unavailable',
        `The chain at RPC_URL does not answer (${reasons.join('; ')}). Is it running, and is the URL right?`,
      )
    }
    if (others.some(({ chainId }) => chainId !== first.chainId)) {
      const chains = [first, ...others].map(({ name, chainId }) => `${name} has chain id ${chainId}`)
      throw new StartupError(`The endpoints of RPC_URL belong to different chains: ${chains.join(', ')}.`)
    }
    this.#chainId = first.chainId
  }

  /** The chain id of all endpoints. */
  get chainId(): number {
    if (this.#chainId === null) throw new Error('the endpoints are not connected yet')
    return this.#chainId
  }

  /** The chain id of all endpoints; null until an endpoint has answered. */
  get knownChainId(): number | null {
    return this.#chainId
  }

  /**
   * The client for one decision. When no endpoint is usable, calls fail at once.
   * @param isAvoided true for a client that is used only if no other endpoint is usable
   */
  pin(isAvoided: (client: ChainClient) => boolean = () => false): ChainClient {
    const best = this.best()
    if (!isAvoided(best.client)) return best.client
    return this.#bestOf(this.#usable().filter(({ client }) => !isAvoided(client)))?.client ?? best.client
  }

  /**
   * The endpoint that `pin()` uses now: the first `Up` endpoint, if possible without a pause; or else the fastest `Slow`
   * endpoint; or else the endpoint with the earliest probe.
   */
  best(): Endpoint {
    for (const endpoint of this.#all) void endpoint.probe()
    const best = this.#bestOf(this.#usable()) ?? leastBy(this.#all, ({ retryAt }) => retryAt)
    if (best === undefined) throw new Error('there is no endpoint')
    return best
  }

  /** The receivers of signed transactions: the usable endpoints, or else the best one, and the send-only endpoints. */
  senders(): readonly TransactionSender[] {
    const best = this.best()
    const others = this.#all.filter((endpoint) => endpoint !== best && endpoint.isUsable)
    return [best, ...others, ...this.#sendOnly]
  }

  /**
   * @param number of the newest block seen by the block watcher
   * @param blockTime average time between recent blocks; null while unknown
   */
  noteHead(number: number, blockTime: DurationMs | null = null): void {
    this.#head = number
    this.#blockTime = blockTime
  }

  /**
   * Compares an endpoint without new blocks to the other endpoints. When other endpoints are ahead, the endpoint is
   * marked `Behind` and not pinned until the missing blocks have arrived.
   * @param head number of its newest block
   */
  async compareHeads(endpoint: Endpoint, head: number): Promise<void> {
    const others = this.#usable().filter((other) => other !== endpoint)
    const heads = await Promise.all(
      others.map(({ client }) => client.getBlockNumber({ cacheTime: 0 }).then(Number, () => 0)),
    )
    const newest = Math.max(head, ...heads)
    this.#head = newest
    if (newest > head + TOLERANCE) endpoint.markBehind(`newest block ${head}, other endpoints have ${newest}`)
  }

  view(): readonly EndpointView[] {
    return this.#all.map(({ view }) => view)
  }

  close(): void {
    for (const endpoint of [...this.#all, ...this.#sendOnly]) endpoint.close()
  }

  #bestOf(usable: readonly Endpoint[]): Endpoint | undefined {
    return (
      usable.find(({ isUp, isPaused }) => isUp && !isPaused) ??
      usable.find(({ isUp }) => isUp) ??
      leastBy(usable, ({ roundTrip }) => roundTrip ?? 0)
    )
  }

  #usable(): readonly Endpoint[] {
    return this.#all.filter(({ isUsable }) => isUsable)
  }

  /** Lowest newest block that a probe accepts; null while no endpoint is usable to compare with. */
  #leastHead(): number | null {
    return this.#head !== null && this.#usable().length > 0 ? this.#head - TOLERANCE : null
  }

  /** Half a block time: a slower endpoint shows a block too late for the next one. A single endpoint is never slow. */
  #slowLimit(): DurationMs | null {
    if (this.#blockTime === null || this.#all.length === 1) return null
    return Math.max(LEAST_SLOW_LIMIT, this.#blockTime / 2)
  }

  #patienceWith(name: string): DurationMs | null {
    const limit = this.#slowLimit()
    const hasOther = this.#all.some((other) => other.name !== name && other.isUp)
    return limit !== null && hasOther ? Math.max(LEAST_PATIENCE, limit) : null
  }
}

/** The first element with the least value; undefined for an empty list. */
function leastBy<T>(list: readonly T[], keyOf: (element: T) => number): T | undefined {
  return [...list].sort((a, b) => keyOf(a) - keyOf(b)).at(0)
}
