/** The operator: keeps a gateway alive. What dies is started again after a while, whatever it died of. */
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
  /** A gateway that had run died by itself. */
  readonly onCrash: (failure: unknown) => void
}

/** Effects that a gateway may die at; null for any. */
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

/** So long it waits for the effect that it is to die at. */
const PATIENCE: DurationMs = 20_000

/** Of an effect of any kind, at most so many are passed by. */
const MOST_PASSES = 40

/** The effect at which a gateway is to die. */
interface Doom {
  readonly when: EffectPoint['when']
  readonly effect: string | null
  /** How long there is no gateway then. */
  readonly pause: DurationMs
  /** How many of that kind are passed by before. */
  passes: number
}

export class Keeper {
  readonly #parts: KeeperParts
  #life: Life | null = null
  #hasRun = false
  #lives = 0
  /** How often it was killed, by where. */
  readonly kills = new Map<string, number>()
  /** Where it dies next. */
  #deadly: Doom | null = null
  #isStopping = false

  constructor(parts: KeeperParts) {
    this.#parts = parts
  }

  /** The gateway, while one takes operations. */
  get gateway(): Life | null {
    return this.#life?.isListening === true && !this.#isStopping ? this.#life : null
  }

  /** The gateway, in whatever state; null while there is none. */
  get life(): Life | null {
    return this.#life
  }

  /** Whether it is to die at an effect that has not come yet. */
  get isThreatened(): boolean {
    return this.#deadly !== null
  }

  get lives(): number {
    return this.#lives
  }

  start(): void {
    const { trace, onEvent } = this.#parts
    this.#lives += 1
    trace.add(`gateway: life ${this.#lives} begins`)
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

  /** Has it die at the next effect of some kind. */
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

  /** Tells it to stop, and starts it again when it has. */
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
    // What it was told it still acts on: it is gone when that has been carried out.
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
