/**
 * An endpoint that only receives signed transactions, for example a sequencer or a private pool. It is never read from, and
 * has no health: most such endpoints answer no other method, so a probe would say nothing.
 */
import type { DurationMs, Hex } from '../domain/primitives.ts'
import { CallGate } from './callGate.ts'
import { isUnavailable } from './chainClient.ts'
import type { EndpointObserver } from './endpoint.ts'
import type { RpcLink } from './rpcLink.ts'

/** Sends signed transactions to one endpoint. */
export interface TransactionSender {
  /** Name of the endpoint. */
  readonly name: string
  /** @throws viem's error when the endpoint refuses, or does not answer */
  send(raw: Hex): Promise<void>
}

interface Options {
  readonly name: string
  readonly link: RpcLink
  /** Longest wait for an answer. */
  readonly timeout: DurationMs
  /** Most calls in flight. */
  readonly concurrency: number
  readonly observe: EndpointObserver
}

const METHOD = 'eth_sendRawTransaction'

export class SendOnlyEndpoint implements TransactionSender {
  readonly #options: Options
  readonly #gate: CallGate

  constructor(options: Options) {
    this.#options = options
    this.#gate = new CallGate(options.concurrency)
  }

  get name(): string {
    return this.#options.name
  }

  async send(raw: Hex): Promise<void> {
    await this.#gate.enter()
    const start = performance.now()
    try {
      await this.#options.link.request({ method: METHOD, params: [raw] }, this.#options.timeout)
      this.#report('ok', start)
    } catch (error) {
      this.#report(isUnavailable(error) ? 'unavailable' : 'error', start)
      throw error
    } finally {
      this.#gate.leave()
    }
  }

  close(): void {
    this.#options.link.close()
  }

  #report(outcome: 'ok' | 'error' | 'unavailable', start: number): void {
    const duration = performance.now() - start
    this.#options.observe({ type: 'rpc.called', endpoint: this.name, method: METHOD, outcome, duration })
  }
}
