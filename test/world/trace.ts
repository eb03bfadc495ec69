/** The trace of a run: a line for each event, determined by the seed. */
import type { Millis } from '../../src/domain/primitives.ts'
import { type Clock, DAWN } from './clock.ts'

export class Trace {
  readonly #clock: Clock
  readonly #lines: { readonly at: Millis; readonly line: string }[] = []

  constructor(clock: Clock) {
    this.#clock = clock
  }

  add(line: string): void {
    this.#lines.push({ at: this.#clock.now, line })
  }

  /** Notes a fault. */
  fault(line: string): void {
    this.add(`fault: ${line}`)
  }

  get text(): string {
    return this.#lines.map((entry) => `${show(entry)}\n`).join('')
  }
}

function show({ at, line }: { readonly at: Millis; readonly line: string }): string {
  const seconds = ((at - DAWN) / 1_000).toFixed(3).padStart(9)
  return `${seconds}  ${short(line)}`
}

/** Hashes are shortened to the end, ids to the beginning. */
function short(line: string): string {
  return line
    .replaceAll(/0x([0-9a-f]{4})[0-9a-f]{56}([0-9a-f]{4})/g, '0x$1…$2')
    .replaceAll(/([0-9a-f]{8})-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g, '$1')
}
