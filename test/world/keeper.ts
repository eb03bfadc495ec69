/** Plays the operator: starts the gateway again after every end. */
import type { GatewayEvent } from '../../src/domain/events.ts'
import type { DurationMs } from '../../src/domain/primitives.ts'
import type { EffectPoint } from './caller.ts'
import { diceOf } from './dice.ts'
import { Life, type LifeParts } from './life.ts'
import type { Trace } from './trace.ts'
import type { Happening } from './weather/spells.ts'

export interface KeeperParts extends Omit<LifeParts, 'onEvent' | 'onReach' | 'onEnd'> {
  readonly seed: number
  readonly trace: Trace
  readonly onEvent: (event: GatewayEvent) => void
  /** A running gateway crashed on its own. */
  readonly onCrash: (failure: unknown) => void
}

/** Possible effects for a kill; null for any effect. */
const DEADLY = [
  null,
  null,
  null,
  'commit',
  'commit',
  'eth_sendRawTransaction',
  'eth_sendRawTransaction',
  'eth_call',
  'eth_getTransactionReceipt',
  'eth_feeHistory',
  'eth_getTransactionCount',
  'eth_getBlockByNumber',
  'recover',
] as const

/** Longest wait for the effect of a planned crash. */
const PATIENCE: DurationMs = 20_000

/** Maximum number of effects of the kind before the crash. */
const MOST_PASSES = 40

/** The planned effect for the kill of the gateway. */
interface Doom {
  readonly when: EffectPoint['when']
  readonly effect: string | null
  /** Pause before the next start. */
  readonly pause: DurationMs
  /** Number of effects of the kind before the kill. */
  passes: number
}

export class Keeper {
  readonly #parts: KeeperParts
  #life: Life | null = null
  #hasRun = false
  #lives = 0
  /** Number of crashes, by effect. */
  readonly kills = new Map<string, number>()
  /** The next planned crash. */
  #deadly: Doom | null = null
  #isStopping = false

  constructor(parts: KeeperParts) {
    this.#parts = parts
  }

  /** The gateway while it accepts operations. */
  get gateway(): Life | null {
    return this.#life?.isListening === true && !this.#isStopping ? this.#life : null
  }

  /** The gateway in any state; null between two processes. */
  get life(): Life | null {
    return this.#life
  }

  /** Whether a planned crash still waits for the effect. */
  get isThreatened(): boolean {
    return this.#deadly !== null
  }

  get lives(): number {
    return this.#lives
  }

  start(): void {
    const { trace, onEvent } = this.#parts
    this.#lives += 1
    trace.add(`gateway: start ${this.#lives}`)
    this.#hasRun = false
    const life = new Life({
      ...this.#parts,
      onEvent: (event) => {
        this.#hasRun ||= life.isListening
        onEvent(event)
      },
      onReach: (point) => this.#reach(life, point),
      onEnd: (failure) => this.#ended(failure),
    })
    this.#life = life
    life.start()
  }

  /** Plans a crash at the next effect of some kind. */
  crash({ id, strength }: Happening): void {
    const dice = diceOf(this.#parts.seed, 'crash', id, strength)
    const pause = 1_000 * dice.between(1, 30)
    const when: EffectPoint['when'] = dice.pick(['before', 'after', 'answered'])
    const effect = dice.pick(DEADLY)
    const deadly = { when, effect, pause, passes: effect === null ? dice.below(MOST_PASSES) : 0 }
    this.#deadly = deadly
    this.#parts.clock.after(PATIENCE, () => {
      if (this.#deadly !== deadly) return
      if (this.#life === null) this.#deadly = null
      else this.#kill(this.#life, 'at no effect', pause)
    })
  }

  /** Stops the gateway, and restarts afterwards. */
  stop(): void {
    if (this.gateway === null) return
    this.#isStopping = true
    this.#parts.trace.fault('the gateway is told to stop')
    this.#life?.stop()
  }

  #reach(life: Life, { when, effect }: EffectPoint): void {
    const deadly = this.#deadly
    if (deadly === null || life !== this.#life || deadly.when !== when) return
    if (deadly.effect !== null && deadly.effect !== effect) return
    deadly.passes -= 1
    if (deadly.passes >= 0) return
    this.#deadly = null
    const kill = () => this.#kill(life, `${when} ${effect}`, deadly.pause)
    // The gateway still acts on the last message. The crash follows afterwards.
    if (when === 'answered') this.#parts.clock.after(0, kill, life)
    else kill()
  }

  #kill(life: Life, where: string, pause: DurationMs): void {
    this.#deadly = null
    this.kills.set(where, (this.kills.get(where) ?? 0) + 1)
    this.#parts.trace.fault(`the gateway is killed ${where}`)
    life.kill()
    this.#again(pause)
  }

  #ended(failure: unknown): void {
    const { trace, onCrash } = this.#parts
    trace.add(`gateway: ended${failure === null ? '' : `: ${describe(failure)}`}`)
    if (this.#hasRun && failure !== null) onCrash(failure)
    this.#again(2_000)
  }

  #again(pause: DurationMs): void {
    this.#life = null
    this.#isStopping = false
    this.#parts.clock.after(pause, () => this.start())
  }
}

function describe(failure: unknown): string {
  return failure instanceof Error ? `${failure.name}: ${failure.message.split('\n')[0]}` : String(failure)
}
