/**
 * The RPC endpoints of one chain. Two endpoints seldom agree on head, nonces and receipts. Therefore all reads of a
 * decision use one client, given by `pin()`.
 *
 * `pin()` gives the first `Up` endpoint of the list: the order is the user's preference. Each `pin()` also probes the
 * endpoints whose pause is over. The block watcher pins at every poll.
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
import { createSocketLink } from './socketLink.ts'

export type EndpointsConfig = Pick<ChainConfig, 'rpcUrls' | 'rpcTimeout' | 'rpcConcurrency'> &
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
  #chainId: number | null = null
  /** Number of the newest known block; null before the first. */
  #head: number | null = null

  constructor(config: EndpointsConfig, observe: EndpointObserver, now: Now, open: OpenLink) {
    const { rpcUrls, rpcTimeout, rpcConcurrency: concurrency, simulationTimeout } = config
    const names = namesOfUrls(rpcUrls)
    const timeoutOf = (method: string): DurationMs => (RUNS_CODE.has(method) ? simulationTimeout : rpcTimeout)
    const expected = () => ({ chainId: this.#chainId, head: this.#leastHead() })
    this.#all = rpcUrls.map((url, index) => {
      const name = names[index] ?? ''
      const link = open(url, name)
      return new Endpoint({ name, link, timeoutOf, concurrency, expected, observe, now })
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

  /** The client for one decision. When no endpoint is up, calls fail at once. */
  pin(): ChainClient {
    return this.best().client
  }

  /** The endpoint that `pin()` uses now: the first endpoint that is up, or else the endpoint with the earliest probe. */
  best(): Endpoint {
    for (const endpoint of this.#all) void endpoint.probe()
    const best =
      this.#all.find(({ isUp }) => isUp) ?? [...this.#all].sort((a, b) => a.retryAt - b.retryAt).at(0)
    if (best === undefined) throw new Error('there is no endpoint')
    return best
  }

  /** @param number of the newest block seen by the block watcher */
  noteHead(number: number): void {
    this.#head = number
  }

  /**
   * Compares an endpoint without new blocks to the other endpoints. When other endpoints are ahead, the endpoint is
   * marked `Behind` and not pinned until the missing blocks have arrived.
   * @param head number of its newest block
   */
  async compareHeads(endpoint: Endpoint, head: number): Promise<void> {
    const others = this.#all.filter((other) => other !== endpoint && other.isUp)
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
    for (const endpoint of this.#all) endpoint.close()
  }

  /** Lowest newest block that a probe accepts; null while no endpoint is up to compare with. */
  #leastHead(): number | null {
    return this.#head !== null && this.#all.some(({ isUp }) => isUp) ? this.#head - TOLERANCE : null
  }
}
