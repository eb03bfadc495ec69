/**
 * A subscription to the new blocks of an endpoint. The block watcher also polls: a lost subscription loses no block.
 */
import type { Endpoint } from '../../rpc/endpoint.ts'

export class HeadSubscription {
  readonly #onHead: () => void
  #endpoint: Endpoint | null = null
  #end: (() => void) | null = null

  constructor(onHead: () => void) {
    this.#onHead = onHead
  }

  /** Whether an endpoint has confirmed the subscription. */
  get isOpen(): boolean {
    return this.#end !== null
  }

  /** Subscribes to this endpoint, if the endpoint can push, and ends the subscription before. Never throws. */
  async subscribeTo(endpoint: Endpoint): Promise<void> {
    if (this.#endpoint === endpoint) return
    this.close()
    if (endpoint.subscribe === null) return
    this.#endpoint = endpoint
    const isCurrent = () => this.#endpoint === endpoint
    try {
      const end = await endpoint.subscribe(
        () => isCurrent() && this.#onHead(),
        () => isCurrent() && this.close(),
      )
      if (isCurrent()) this.#end = end
      else end()
    } catch {
      // The endpoint is polled anyway. The next poll tries to subscribe again.
      if (isCurrent()) this.close()
    }
  }

  close(): void {
    this.#end?.()
    this.#end = null
    this.#endpoint = null
  }
}
