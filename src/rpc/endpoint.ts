/**
 * One endpoint of the chain. While it is ill its calls fail at once, and what is sent to it is a probe now and then: an
 * outage meets back-pressure, not a storm of calls that time out. Only a first failure, which may be a blip, is looked into
 * at once, and calls wait for what is found.
 */
import { createPublicClient, custom } from 'viem'
import type { EndpointView } from '../domain/chain.ts'
import type { SystemEvent } from '../domain/events.ts'
import type { DurationMs, Now } from '../domain/primitives.ts'
import { CallGate } from './callGate.ts'
import { type ChainClient, EndpointDownError, isUnavailable } from './chainClient.ts'
import {
  type EndpointHealth,
  fallIll,
  type Illness,
  illnessOf,
  rise,
  setAside,
  well,
} from './endpointHealth.ts'
import type { RpcCall, RpcLink } from './rpcLink.ts'

export type EndpointObserver = (
  event: Extract<SystemEvent, { type: 'rpc.called' | 'endpoint.changed' }>,
) => void

export interface EndpointOptions {
  /** Its host; the rest of its URL is nobody's business. */
  readonly name: string
  readonly link: RpcLink
  /** Longest wait for the answer to a call. */
  readonly timeoutOf: (method: string) => DurationMs
  /** Most calls at a time. */
  readonly concurrency: number
  /** What a probe must find, besides an answer; null for a chain or head that is not known. */
  readonly expected: () => { readonly chainId: number | null; readonly head: number | null }
  readonly observe: EndpointObserver
  readonly now: Now
}

const PROBE_TIMEOUT: DurationMs = 5_000

/** Of a probe that was answered by something else than what every node knows. */
const NO_SENSE: Illness = { message: 'it does not tell its chain', isLimited: false, retryAfter: null }

const NEVER_ASKED: EndpointHealth = {
  state: 'Down',
  message: 'it was not asked yet',
  retryAt: 0,
  relapses: 0,
}

export class Endpoint {
  readonly name: string
  /** Always the same: two reads through it are two reads of one endpoint. */
  readonly client: ChainClient
  /** Null where the endpoint cannot push. */
  readonly subscribe: RpcLink['subscribe']
  readonly #options: EndpointOptions
  readonly #gate: CallGate
  #health = NEVER_ASKED
  /** Outcomes of calls that began before it was last ill say nothing of it now. */
  #life = 0
  #probing: Promise<void> | null = null
  /** The look at whether a first failure was only a blip. */
  #doubt: Promise<void> | null = null
  #chainId: number | null = null

  constructor(options: EndpointOptions) {
    this.#options = options
    this.#gate = new CallGate(options.concurrency)
    this.name = options.name
    this.subscribe = options.link.subscribe
    const request = (call: RpcCall) => this.#ask(call)
    this.client = createPublicClient({ transport: custom({ request }, { retryCount: 0 }), cacheTime: 0 })
  }

  get isUp(): boolean {
    return this.#health.state === 'Up'
  }

  /** When it is tried again; in the past for one that is asked. */
  get retryAt(): number {
    return this.#health.retryAt ?? 0
  }

  /** The chain that it has said it is of; null before it has answered. */
  get chainId(): number | null {
    return this.#chainId
  }

  get view(): EndpointView {
    const { state, message, retryAt } = this.#health
    return { name: this.name, state, message, retryAt }
  }

  /** Tries whether it is well again, when that is due and not being tried already. */
  async probe(): Promise<void> {
    if (this.isUp || this.#options.now() < this.retryAt) return
    this.#probing ??= this.#check().finally(() => {
      this.#probing = null
    })
    await this.#probing
  }

  /** Others have newer blocks: it is not asked before it has caught up. */
  fallBehind(message: string): void {
    if (this.isUp) this.#become(setAside(this.#health, 'Behind', message, this.#options.now()))
  }

  close(): void {
    this.#options.link.close()
  }

  async #ask(call: RpcCall): Promise<unknown> {
    if (this.#doubt !== null) await this.#doubt
    if (!this.isUp) throw this.#down()
    await this.#gate.enter()
    const life = this.#life
    try {
      const result = await this.#timed(call, this.#options.timeoutOf(call.method))
      if (this.#health.relapses > 0 && life === this.#life) this.#health = well
      return result
    } catch (error) {
      if (life === this.#life) this.#noteError(error)
      throw error
    } finally {
      this.#gate.leave()
    }
  }

  async #timed(call: RpcCall, timeout: DurationMs): Promise<unknown> {
    const { link, observe } = this.#options
    const { method } = call
    const start = performance.now()
    const report = (outcome: 'ok' | 'error' | 'unavailable') =>
      observe({
        type: 'rpc.called',
        endpoint: this.name,
        method,
        outcome,
        duration: performance.now() - start,
      })
    try {
      const result = await link.ask(call, timeout)
      report('ok')
      return result
    } catch (error) {
      report(isUnavailable(error) ? 'unavailable' : 'error')
      throw error
    }
  }

  #noteError(error: unknown): void {
    const at = this.#options.now()
    const illness = illnessOf(error, at)
    if (illness === null) return
    this.#become(fallIll(this.#health, illness, at))
    if (at < this.retryAt) return
    this.#doubt = this.probe().finally(() => {
      this.#doubt = null
    })
  }

  /** Whether it answers, for the right chain, and with blocks as new as the others'. */
  async #check(): Promise<void> {
    const { expected, now } = this.#options
    try {
      this.#chainId = await this.#number('eth_chainId')
      const { chainId, head } = expected()
      if (chainId !== null && this.#chainId !== chainId) {
        const message = `it is of chain ${this.#chainId}, not ${chainId}`
        return this.#become(setAside(this.#health, 'Foreign', message, now()))
      }
      const newest = head === null ? null : await this.#number('eth_blockNumber')
      if (head !== null && newest !== null && newest < head) {
        const message = `its newest block is ${newest}, others have ${head}`
        return this.#become(setAside(this.#health, 'Behind', message, now()))
      }
      this.#become(rise(this.#health))
    } catch (error) {
      this.#become(fallIll(this.#health, illnessOf(error, now()) ?? NO_SENSE, now()))
    }
  }

  async #number(method: string): Promise<number> {
    const number = Number(await this.#timed({ method }, PROBE_TIMEOUT))
    if (!Number.isSafeInteger(number)) throw new TypeError(`${method} is no number`)
    return number
  }

  #become(health: EndpointHealth): void {
    const before = this.#health
    this.#health = health
    const { state, message } = health
    if (state !== 'Up') {
      this.#life += 1
      this.#gate.turnAway(this.#down())
    }
    // That it is well when it is first asked is what everybody expects.
    const isExpected = before === NEVER_ASKED && state === 'Up'
    if (isExpected || (before.state === state && before.message === message)) return
    this.#options.observe({
      type: 'endpoint.changed',
      endpoint: this.name,
      state,
      message,
      at: this.#options.now(),
    })
  }

  #down(): EndpointDownError {
    const { message } = this.#health
    return new EndpointDownError(this.name, message ?? '', Math.max(0, this.retryAt - this.#options.now()))
  }
}
