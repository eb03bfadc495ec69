/**
 * One RPC endpoint: sends calls while the health is `Up` or `Slow`, and otherwise only probes. An outage leads to a back-off,
 * not to a storm of timeouts. `endpointHealth.ts` holds the states and the rules; this class does the I/O.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { createPublicClient, custom } from 'viem'
import type { EndpointView } from '../domain/chain.ts'
import type { SystemEvent } from '../domain/events.ts'
import type { DurationMs, Hex, Now } from '../domain/primitives.ts'
import { CallGate } from './callGate.ts'
import { type ChainClient, EndpointDownError, isUnavailable } from './chainClient.ts'
import { failure, failureOf } from './endpointFailure.ts'
import { type EndpointHealth, type HealthEvent, isUsable, notProbed, transition } from './endpointHealth.ts'
import { isLight } from './lightMethods.ts'
import type { RpcCall, RpcLink } from './rpcLink.ts'
import { withPatience } from './withPatience.ts'

export type EndpointObserver = (
  event: Extract<SystemEvent, { type: 'rpc.called' | 'endpoint.changed' }>,
) => void

export interface EndpointOptions {
  /** Its host. The rest of the URL may hold credentials. */
  readonly name: string
  readonly link: RpcLink
  /** Longest wait for the answer to a call. */
  readonly timeoutOf: (method: string) => DurationMs
  /** Most calls in flight. */
  readonly concurrency: number
  /** Longest average duration of the light calls of an `Up` endpoint; null while no endpoint counts as slow. */
  readonly slowLimit: () => DurationMs | null
  /** After this time a light call is given up, because another endpoint is `Up`; null while none is. */
  readonly patience: () => DurationMs | null
  /** Chain id that a probe must find, and lowest number of the newest block; null skips the check. */
  readonly expected: () => { readonly chainId: number | null; readonly head: number | null }
  readonly observe: EndpointObserver
  readonly now: Now
}

const PROBE_TIMEOUT: DurationMs = 5_000

/** Number of times that a call is sent while the endpoint asks for fewer requests. */
const MOST_TRIES = 5

export class Endpoint {
  readonly name: string
  /** The one client of this endpoint. */
  readonly client: ChainClient
  /** Null for an endpoint that cannot push. */
  readonly subscribe: RpcLink['subscribe']
  readonly #options: EndpointOptions
  readonly #gate: CallGate
  #health: EndpointHealth = notProbed
  /** The probe in progress. */
  #probe: Promise<void> | null = null

  constructor(options: EndpointOptions) {
    this.#options = options
    this.#gate = new CallGate(options.concurrency)
    this.name = options.name
    this.subscribe = options.link.subscribe
    const request = (call: RpcCall) => this.#call(call)
    this.client = createPublicClient({ transport: custom({ request }, { retryCount: 0 }), cacheTime: 0 })
  }

  get isUp(): boolean {
    return this.#health.state === 'Up'
  }

  /** Whether calls are sent now: the endpoint is `Up` or `Slow`. */
  get isUsable(): boolean {
    return isUsable(this.#health)
  }

  /** Whether calls wait, because the endpoint asked for fewer requests. */
  get isPaused(): boolean {
    return this.#pause > 0
  }

  /** Average duration of the last light calls; null before the first, and while the endpoint is not usable. */
  get roundTrip(): DurationMs | null {
    return isUsable(this.#health) ? this.#health.roundTrip : null
  }

  /** Earliest time of the next probe; in the past for an `Up` endpoint. */
  get retryAt(): number {
    return this.#health.state === 'Up' ? 0 : this.#health.retryAt
  }

  /** The chain id found by the last probe; null while the endpoint is not usable. */
  get chainId(): number | null {
    return isUsable(this.#health) ? this.#health.chainId : null
  }

  get view(): EndpointView {
    const { name, roundTrip } = this
    const health = this.#health
    if (health.state === 'Up') return { name, state: 'Up', message: null, retryAt: null, roundTrip }
    const { state, message, retryAt } = health
    return { name, state, message, retryAt, roundTrip }
  }

  /** Sends a signed transaction. @throws viem's error when the endpoint refuses, or does not answer */
  async send(raw: Hex): Promise<void> {
    await this.client.sendRawTransaction({ serializedTransaction: raw })
  }

  /** Probes the endpoint when a probe is due and none is in progress. Resolves with the end of the probe. */
  async probe(): Promise<void> {
    if (this.isUp || this.#options.now() < this.retryAt) return
    this.#probe ??= this.#check().finally(() => {
      this.#probe = null
    })
    await this.#probe
  }

  /** Other endpoints have newer blocks: no calls until a probe finds a new enough block. */
  markBehind(message: string): void {
    if (!this.isUsable) return
    this.#apply({ type: 'endpoint.rejected', state: 'Behind', message, at: this.#options.now() })
  }

  close(): void {
    this.#options.link.close()
  }

  /** The endpoint has not processed a call that it refused for a rate limit. The call is repeated after the pause. */
  async #call(call: RpcCall): Promise<unknown> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.#callOnce(call)
      } catch (error) {
        const isRateLimited = failureOf(error, this.#options.now())?.isRateLimited ?? false
        if (!isRateLimited || !this.isUsable || tries === MOST_TRIES) throw error
      }
    }
  }

  async #callOnce(call: RpcCall): Promise<unknown> {
    if (!isUsable(this.#health) && this.#health.calls === 'wait') await this.#probe
    if (!this.isUsable) throw this.#downError()
    await this.#gate.enter()
    try {
      if (this.isPaused) await delay(this.#pause)
      if (!this.isUsable) throw this.#downError()
      return await this.#send(call)
    } finally {
      this.#gate.leave()
    }
  }

  /** Sends a call, and learns the health of the endpoint from the result. */
  async #send(call: RpcCall): Promise<unknown> {
    const { outages } = this.#health
    try {
      const result = await this.#patientRequest(call)
      this.#apply({ type: 'call.succeeded', outages })
      return result
    } catch (error) {
      const at = this.#options.now()
      const endpointFailure = failureOf(error, at)
      if (endpointFailure !== null) {
        this.#apply({ type: 'call.failed', outages, failure: endpointFailure, at })
      }
      throw error
    }
  }

  /** A light call is given up when it takes too long and another endpoint is `Up`. Its answer is measured all the same. */
  #patientRequest(call: RpcCall): Promise<unknown> {
    const { timeoutOf, patience, now } = this.#options
    const request = this.#observedRequest(call, timeoutOf(call.method))
    const longest = isLight(call.method) ? patience() : null
    if (longest === null) return request
    return withPatience(longest, request, () => {
      const message = `no answer to ${call.method} for ${Math.round(longest)} ms`
      this.#apply({ type: 'call.abandoned', message, at: now() })
      return new EndpointDownError(this.name, message, 0)
    })
  }

  async #observedRequest(call: RpcCall, timeout: DurationMs): Promise<unknown> {
    const { link, observe, now, slowLimit } = this.#options
    const { method } = call
    const start = performance.now()
    const startedAt = now()
    const report = (outcome: 'ok' | 'error' | 'unavailable') =>
      observe({
        type: 'rpc.called',
        endpoint: this.name,
        method,
        outcome,
        duration: performance.now() - start,
      })
    try {
      const result = await link.request(call, timeout)
      report('ok')
      if (isLight(method)) {
        const at = now()
        this.#apply({ type: 'call.measured', duration: at - startedAt, limit: slowLimit(), at })
      }
      return result
    } catch (error) {
      report(isUnavailable(error) ? 'unavailable' : 'error')
      throw error
    }
  }

  /** One probe: the endpoint must answer, belong to the expected chain, and have new enough blocks. */
  async #check(): Promise<void> {
    const { expected, now, slowLimit } = this.#options
    const startedAt = now()
    try {
      const found = await this.#requestNumber('eth_chainId')
      const duration = now() - startedAt
      const { chainId, head } = expected()
      if (chainId !== null && found !== chainId) {
        const message = `wrong chain: ${found} instead of ${chainId}`
        return this.#apply({ type: 'endpoint.rejected', state: 'Foreign', message, at: now() })
      }
      const newest = head === null ? null : await this.#requestNumber('eth_blockNumber')
      if (head !== null && newest !== null && newest < head) {
        const message = `newest block ${newest}, other endpoints have ${head}`
        return this.#apply({ type: 'endpoint.rejected', state: 'Behind', message, at: now() })
      }
      this.#apply({ type: 'probe.passed', chainId: found, duration, limit: slowLimit(), at: now() })
    } catch (error) {
      const at = now()
      const found = failureOf(error, at) ?? failure('invalid answer to a probe')
      this.#apply({ type: 'probe.failed', failure: found, at })
    }
  }

  async #requestNumber(method: string): Promise<number> {
    const number = Number(await this.#observedRequest({ method }, PROBE_TIMEOUT))
    if (!Number.isSafeInteger(number)) throw new TypeError(`the result of ${method} is not a number`)
    return number
  }

  #apply(event: HealthEvent): void {
    const before = this.#health
    const after = transition(before, event)
    if (after === before) return
    this.#health = after
    if (!isUsable(after)) this.#gate.rejectWaiting(this.#downError())
    this.#report(before)
    if (!isUsable(after) && after.calls === 'wait') void this.probe()
  }

  /** Reports a new state or a new reason. A passed first probe is not news. */
  #report(before: EndpointHealth): void {
    const { state, message } = this.view
    const isFirstPass = before === notProbed && state === 'Up'
    const isSame = before.state === state && (isUsable(before) || before.message === message)
    if (isFirstPass || isSame) return
    const at = this.#options.now()
    this.#options.observe({ type: 'endpoint.changed', endpoint: this.name, state, message, at })
  }

  /** Time until calls are sent again. */
  get #pause(): DurationMs {
    return isUsable(this.#health) ? Math.max(0, this.#health.pausedUntil - this.#options.now()) : 0
  }

  #downError(): EndpointDownError {
    const pause = Math.max(0, this.retryAt - this.#options.now())
    return new EndpointDownError(this.name, this.view.message ?? '', pause)
  }
}
