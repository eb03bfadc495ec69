/** News of blocks from an endpoint that pushes them. Whether it does or not, the watcher goes on looking by itself. */
import type { Endpoint } from '../../rpc/endpoint.ts'

export class HeadPush {
  readonly #onHead: () => void
  #endpoint: Endpoint | null = null
  #end: (() => void) | null = null

  constructor(onHead: () => void) {
    this.#onHead = onHead
  }

  /** Whether an endpoint has promised to push. */
  get isOpen(): boolean {
    return this.#end !== null
  }

  /** Listens to an endpoint, if it pushes, and to no other any more. */
  async listenTo(endpoint: Endpoint): Promise<void> {
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
      // It is polled all the same. The next look tries again.
      if (isCurrent()) this.close()
    }
  }

  close(): void {
    this.#end?.()
    this.#end = null
    this.#endpoint = null
  }
}
