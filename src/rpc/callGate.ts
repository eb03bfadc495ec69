/** Limits the number of calls in flight. Calls above the limit wait in order of arrival. */
export class CallGate {
  #free: number
  readonly #waiting: { readonly enter: () => void; readonly reject: (reason: Error) => void }[] = []

  constructor(capacity: number) {
    this.#free = capacity
  }

  /** Resolves when the call may start. The caller must then `leave`. @throws the reason given to `rejectWaiting` */
  async enter(): Promise<void> {
    if (this.#free > 0) {
      this.#free -= 1
      return
    }
    await new Promise<void>((enter, reject) => this.#waiting.push({ enter, reject }))
  }

  leave(): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#free += 1
    else next.enter()
  }

  /** Rejects all waiting calls. Calls in flight continue. */
  rejectWaiting(reason: Error): void {
    for (const { reject } of this.#waiting.splice(0)) reject(reason)
  }
}
