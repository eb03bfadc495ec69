/**
 * Server-sent events for many viewers from a shared ring of chunks. Each chunk exists once, and unread chunks stay only in the
 * ring, so the ring bounds the memory. A viewer that is slower than the ring receives the event `dropped` and is disconnected.
 */
import type { Dropped } from '../../inspector/src/wire.ts'
import type { DurationMs, Now } from '../domain/primitives.ts'

export interface StreamLimits {
  /** Maximum size of the ring in bytes. The ring serves slow viewers and reconnections. */
  readonly bytes: number
  readonly viewers: number
  /** Time for a dropped viewer to read the event `dropped`, in milliseconds. */
  readonly closing: DurationMs
}

const LIMITS: StreamLimits = { bytes: 8_388_608, viewers: 32, closing: 5_000 }

export type Chunks = ReadableStream<Uint8Array>

interface Viewer {
  readonly controller: ReadableStreamDefaultController<Uint8Array>
  /** Number of the next chunk for the viewer. */
  next: number
  /** Timer that disconnects the viewer. Set after its last chunk. */
  closing: NodeJS.Timeout | null
}

const encoder = new TextEncoder()

/** Reconnection delay of a browser, in milliseconds. Sent first. */
const RETRY = encoder.encode('retry: 1000\n\n')

export class EventStream {
  readonly #now: Now
  readonly #limits: StreamLimits
  /** Prefix of event ids. It identifies the run of the gateway. */
  readonly #epoch: string
  readonly #ring: Uint8Array[] = []
  #bytes = 0
  /** Number of the newest chunk. */
  #newest = 0
  readonly #viewers = new Set<Viewer>()

  constructor(now: Now, limits: Partial<StreamLimits> = {}) {
    this.#now = now
    this.#epoch = now().toString(36)
    this.#limits = { ...LIMITS, ...limits }
  }

  /** Number of viewers, including dropped viewers that are still connected. */
  get viewers(): number {
    return this.#viewers.size
  }

  /**
   * Opens a stream for a viewer.
   * @param lastEventId id of the last received event, or null for a new viewer
   * @param welcome creates the data of the first event, for a viewer that cannot resume
   * @returns null if there are too many viewers
   */
  open(lastEventId: string | null, welcome: () => string): Chunks | null {
    if (this.#viewers.size >= this.#limits.viewers) return null
    const resumed = this.#after(lastEventId)
    const first = resumed === null ? this.#encode('welcome', welcome(), this.#newest) : RETRY
    const next = resumed ?? this.#newest + 1
    let viewer: Viewer | undefined
    return new ReadableStream<Uint8Array>({
      start: (controller) => {
        viewer = { controller, next, closing: null }
        this.#viewers.add(viewer)
        controller.enqueue(first)
      },
      pull: () => {
        if (viewer === undefined) return
        if (viewer.closing === null) this.#serve(viewer)
        else this.#leave(viewer).controller.close()
      },
      cancel: () => {
        if (viewer !== undefined) this.#leave(viewer)
      },
    })
  }

  /** @param data JSON without line breaks */
  push(data: string): void {
    this.#newest += 1
    const chunk = this.#encode('messages', data, this.#newest)
    this.#ring.push(chunk)
    this.#bytes += chunk.byteLength
    while (this.#bytes > this.#limits.bytes && this.#ring.length > 1) {
      this.#bytes -= this.#ring.shift()?.byteLength ?? 0
    }
    for (const viewer of this.#viewers) this.#serveSafely(viewer)
  }

  /** Empties the ring. After a reconnection, a viewer receives a welcome message. */
  clear(): void {
    this.#ring.length = 0
    this.#bytes = 0
    this.#newest += 1
  }

  /** Ends the streams of all viewers. */
  end(): void {
    for (const viewer of this.#viewers) this.#drop(viewer, 'stopping')
  }

  /** The number of the chunk after an event, or null if the ring no longer contains that chunk. */
  #after(lastEventId: string | null): number | null {
    const [epoch, number = ''] = lastEventId?.split('.') ?? []
    const next = Number(number) + 1
    const isHere = epoch === this.#epoch && next >= this.#oldest && next <= this.#newest + 1
    return isHere ? next : null
  }

  get #oldest(): number {
    return this.#newest - this.#ring.length + 1
  }

  /** Disconnects a viewer whose stream fails. The other viewers are still served. */
  #serveSafely(viewer: Viewer): void {
    try {
      this.#serve(viewer)
    } catch {
      this.#leave(viewer)
    }
  }

  /** Sends as many chunks as the viewer can receive now. */
  #serve(viewer: Viewer): void {
    if (viewer.next < this.#oldest) this.#drop(viewer, 'slow')
    if (viewer.closing !== null) return
    while (viewer.next <= this.#newest && (viewer.controller.desiredSize ?? 0) > 0) {
      const chunk = this.#ring[viewer.next - this.#oldest]
      if (chunk === undefined) return
      viewer.next += 1
      viewer.controller.enqueue(chunk)
    }
  }

  /** Sends the event `dropped` and then disconnects the viewer, at the latest after `closing` milliseconds. */
  #drop(viewer: Viewer, reason: Dropped['reason']): void {
    if (viewer.closing !== null) return
    const dropped: Dropped = { reason, at: this.#now() }
    viewer.closing = setTimeout(() => {
      this.#leave(viewer).controller.error(new Error('the viewer does not read'))
    }, this.#limits.closing)
    viewer.closing.unref()
    // Without an id, a reconnection resumes after the last received chunk.
    viewer.controller.enqueue(encoder.encode(`event: dropped\ndata: ${JSON.stringify(dropped)}\n\n`))
  }

  #leave(viewer: Viewer): Viewer {
    if (viewer.closing !== null) clearTimeout(viewer.closing)
    this.#viewers.delete(viewer)
    return viewer
  }

  #encode(event: string, data: string, number: number): Uint8Array {
    return encoder.encode(`event: ${event}\nid: ${this.#epoch}.${number}\ndata: ${data}\n\n`)
  }
}
