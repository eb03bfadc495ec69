/** Whoever uses the world's wire and disk: a life of the gateway. */

/**
 * A moment at which a gateway may die: an effect is about to happen, has happened, or is known to have happened and what
 * follows from that at once has begun.
 */
export interface EffectPoint {
  readonly when: 'before' | 'after' | 'answered'
  /** A method of the node; `commit` or `recover` of the store. */
  readonly effect: string
}

export interface Caller {
  /** Told when an effect is about to happen, has happened, or was just answered; the caller may die of it. */
  readonly reach: (point: EffectPoint) => void
  /** Whether it has died: then nothing that it asks for happens, and it hears of nothing. */
  readonly isOver: boolean
}

/** What somebody who has died waits for. */
export function never(): Promise<never> {
  return new Promise(() => {})
}
