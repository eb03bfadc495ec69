/** Lets so many calls through at a time; the others wait in order. */
export class CallGate {
  #free: number
  readonly #waiting: { readonly enter: () => void; readonly turnAway: (reason: Error) => void }[] = []

  constructor(capacity: number) {
    this.#free = capacity
  }

  /** Resolves when it is the call's turn, after which it has to `leave`. @throws what those who wait are turned away with */
  async enter(): Promise<void> {
    if (this.#free > 0) {
      this.#free -= 1
      return
    }
    await new Promise<void>((enter, turnAway) => this.#waiting.push({ enter, turnAway }))
  }

  leave(): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#free += 1
    else next.enter()
  }

  /** Whoever waits need not wait any more. */
  turnAway(reason: Error): void {
    for (const { turnAway } of this.#waiting.splice(0)) turnAway(reason)
  }
}
