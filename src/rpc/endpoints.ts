/**
 * The endpoints of the chain. Two of them never agree to the block on head, nonces and receipts, so whoever decides
 * something asks for one client, by `pin()`, and does all of its reads with that.
 *
 * The first endpoint of the list that is up is the one that is given: the order is the user's preference. Ill ones are
 * tried again whenever somebody pins, as soon as their pause is over; the block watcher does so all the time.
 */

import type { EndpointView } from '../domain/chain.ts'
import type { ChainConfig, PendingBatchConfig } from '../domain/config.ts'
import { StartupError } from '../domain/errors.ts'
import type { DurationMs, Now } from '../domain/primitives.ts'
import { namesOfUrls } from '../domain/rpcUrl.ts'
import type { ChainClient } from './chainClient.ts'
import { Endpoint, type EndpointObserver } from './endpoint.ts'
import { createHttpLink } from './httpLink.ts'
import type { RpcLink } from './rpcLink.ts'
import { createSocketLink } from './socketLink.ts'

export type EndpointsConfig = Pick<ChainConfig, 'rpcUrls' | 'rpcTimeout' | 'rpcConcurrency'> &
  Pick<PendingBatchConfig, 'simulationTimeout'>

/** Makes the wire to an endpoint, which connects when it is used. */
export type OpenLink = (url: string, name: string) => RpcLink

const openLink: OpenLink = (url, name) =>
  url.startsWith('ws') ? createSocketLink(url, name) : createHttpLink(url, name)

/** Blocks that an endpoint may lack and still not be behind: they reach nodes at different moments. */
const TOLERANCE = 2

/** Methods that run transactions: they may take as long as a simulation. */
const RUNS_CODE: ReadonlySet<string> = new Set(['eth_call', 'debug_traceTransaction'])

/**
 * Opens the endpoints and sees that they are of one chain. Those that do not answer yet are tried later, and are not used
 * before they have shown to be of that chain too.
 * @param open makes the wires; over the network unless told otherwise
 * @throws StartupError when none answers, or those that answer are of different chains
 */
export async function connectEndpoints(
  config: EndpointsConfig,
  observe: EndpointObserver,
  now: Now,
  open = openLink,
): Promise<Endpoints> {
  // When none answers, the error says it all: nothing is told before there is one.
  const early: Parameters<EndpointObserver>[0][] = []
  let tell: EndpointObserver = (event) => early.push(event)
  const endpoints = new Endpoints(config, (event) => tell(event), now, open)
  try {
    await endpoints.connect()
    tell = observe
    for (const event of early) observe(event)
    return endpoints
  } catch (error) {
    endpoints.close()
    throw error
  }
}

export class Endpoints {
  readonly #all: readonly Endpoint[]
  #chainId: number | null = null
  /** Number of the newest block, as far as it is known. */
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

  /** @throws StartupError when there is no chain to work with, or more than one */
  async connect(): Promise<void> {
    await Promise.all(this.#all.map((endpoint) => endpoint.probe()))
    const [first, ...others] = this.#all.filter(({ isUp }) => isUp)
    if (first === undefined) {
      const reasons = this.view().map(({ name, message }) => `${name}: ${message}`)
      throw new StartupError(
        `The chain at RPC_URL does not answer (${reasons.join('; ')}). Is it running, and is the URL right?`,
      )
    }
    if (others.some(({ chainId }) => chainId !== first.chainId)) {
      const chains = [first, ...others].map(({ name, chainId }) => `${name} is of chain ${chainId}`)
      throw new StartupError(`The endpoints of RPC_URL are of different chains: ${chains.join(', ')}.`)
    }
    this.#chainId = first.chainId
  }

  /** The chain that all endpoints are of. */
  get chainId(): number {
    if (this.#chainId === null) throw new Error('the endpoints are not connected yet')
    return this.#chainId
  }

  /** The client for one decision. When all endpoints are ill, its calls fail at once. */
  pin(): ChainClient {
    return this.best().client
  }

  /** The endpoint that is pinned now: the first that is up, or else the one that is tried next. */
  best(): Endpoint {
    for (const endpoint of this.#all) void endpoint.probe()
    const best =
      this.#all.find(({ isUp }) => isUp) ?? [...this.#all].sort((a, b) => a.retryAt - b.retryAt).at(0)
    if (best === undefined) throw new Error('there is no endpoint')
    return best
  }

  /** The newest block is known. */
  noteHead(number: number): void {
    this.#head = number
  }

  /**
   * Looks whether others have newer blocks than an endpoint that has shown none for long. If so, it is not pinned any more
   * until it has caught up.
   */
  async compare(endpoint: Endpoint, head: number): Promise<void> {
    const others = this.#all.filter((other) => other !== endpoint && other.isUp)
    const heads = await Promise.all(
      others.map(({ client }) => client.getBlockNumber({ cacheTime: 0 }).then(Number, () => 0)),
    )
    const newest = Math.max(head, ...heads)
    this.#head = newest
    if (newest > head + TOLERANCE) endpoint.fallBehind(`its newest block is ${head}, others have ${newest}`)
  }

  view(): readonly EndpointView[] {
    return this.#all.map(({ view }) => view)
  }

  close(): void {
    for (const endpoint of this.#all) endpoint.close()
  }

  /** The block that an endpoint must have to come back; null while there is nobody to be behind of. */
  #leastHead(): number | null {
    return this.#head !== null && this.#all.some(({ isUp }) => isUp) ? this.#head - TOLERANCE : null
  }
}
