/**
 * Server-sent events for any number of viewers, from one ring of chunks: each chunk is made once, whoever reads it, and
 * what a viewer has not read yet stays in the ring alone. So memory is bounded by the ring whatever viewers do; one that
 * falls out of it is told so, and dropped.
 */
import type { Dropped } from '../../inspector/src/wire.ts'
import type { DurationMs, Now } from '../domain/primitives.ts'

export interface StreamLimits {
  /** Most bytes that are kept for viewers that lag behind or come back. */
  readonly bytes: number
  readonly viewers: number
  /** How long a dropped viewer is given to read that it was. */
  readonly farewell: DurationMs
}

const LIMITS: StreamLimits = { bytes: 8_388_608, viewers: 32, farewell: 5_000 }

export type Chunks = ReadableStream<Uint8Array>

interface Viewer {
  readonly controller: ReadableStreamDefaultController<Uint8Array>
  /** Number of the chunk that it gets next. */
  next: number
  /** Cuts it off; set once it has got its last chunk. */
  farewell: NodeJS.Timeout | null
}

const encoder = new TextEncoder()

/** Tells a browser how soon to come back, in milliseconds; it is the first thing that it hears. */
const RETRY = encoder.encode('retry: 1000\n\n')

export class EventStream {
  readonly #now: Now
  readonly #limits: StreamLimits
  /** Tells this run's ids from those of another. */
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

  /** How many read, those that are being dropped included. */
  get viewers(): number {
    return this.#viewers.size
  }

  /**
   * Starts to stream to a viewer.
   * @param lastEventId of the last event that it has got; null for a new viewer
   * @param welcome makes the first event's data, for a viewer that cannot go on from where it was
   * @returns null when there are too many viewers
   */
  open(lastEventId: string | null, welcome: () => string): Chunks | null {
    if (this.#viewers.size >= this.#limits.viewers) return null
    const resumed = this.#after(lastEventId)
    const first = resumed === null ? this.#encode('welcome', welcome(), this.#newest) : RETRY
    const next = resumed ?? this.#newest + 1
    let viewer: Viewer | undefined
    return new ReadableStream<Uint8Array>({
      start: (controller) => {
        viewer = { controller, next, farewell: null }
        this.#viewers.add(viewer)
        controller.enqueue(first)
      },
      pull: () => {
        if (viewer === undefined) return
        if (viewer.farewell === null) this.#serve(viewer)
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

  /** Forgets everything: whoever comes back has missed something. */
  clear(): void {
    this.#ring.length = 0
    this.#bytes = 0
    this.#newest += 1
  }

  /** Ends every viewer's stream. */
  end(): void {
    for (const viewer of this.#viewers) this.#drop(viewer, 'stopping')
  }

  /** The number of the chunk after an event; null when what follows it is not here any more. */
  #after(lastEventId: string | null): number | null {
    const [epoch, number = ''] = lastEventId?.split('.') ?? []
    const next = Number(number) + 1
    const isHere = epoch === this.#epoch && next >= this.#oldest && next <= this.#newest + 1
    return isHere ? next : null
  }

  get #oldest(): number {
    return this.#newest - this.#ring.length + 1
  }

  /** A viewer that cannot be served is let go, and keeps nothing from the others. */
  #serveSafely(viewer: Viewer): void {
    try {
      this.#serve(viewer)
    } catch {
      this.#leave(viewer)
    }
  }

  /** Gives a viewer what it can take now. */
  #serve(viewer: Viewer): void {
    if (viewer.next < this.#oldest) this.#drop(viewer, 'slow')
    if (viewer.farewell !== null) return
    while (viewer.next <= this.#newest && (viewer.controller.desiredSize ?? 0) > 0) {
      const chunk = this.#ring[viewer.next - this.#oldest]
      if (chunk === undefined) return
      viewer.next += 1
      viewer.controller.enqueue(chunk)
    }
  }

  /** Tells a viewer why its stream ends. One that does not even read that is cut off. */
  #drop(viewer: Viewer, reason: Dropped['reason']): void {
    if (viewer.farewell !== null) return
    const dropped: Dropped = { reason, at: this.#now() }
    viewer.farewell = setTimeout(() => {
      this.#leave(viewer).controller.error(new Error('the viewer does not read'))
    }, this.#limits.farewell)
    viewer.farewell.unref()
    // Without an id: whoever comes back goes on after what it has really got, or starts anew.
    viewer.controller.enqueue(encoder.encode(`event: dropped\ndata: ${JSON.stringify(dropped)}\n\n`))
  }

  #leave(viewer: Viewer): Viewer {
    if (viewer.farewell !== null) clearTimeout(viewer.farewell)
    this.#viewers.delete(viewer)
    return viewer
  }

  #encode(event: string, data: string, number: number): Uint8Array {
    return encoder.encode(`event: ${event}\nid: ${this.#epoch}.${number}\ndata: ${data}\n\n`)
  }
}
