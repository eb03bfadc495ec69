/** The user of the simulated network and disk: one gateway process. */

/**
 * A possible crash point of an effect: before the effect, after the effect, or when the result has arrived and the
 * gateway has begun to act on the result.
 */
export interface EffectPoint {
  readonly when: 'before' | 'after' | 'answered'
  /** A method of the node, or `commit` or `recover` of the store. */
  readonly effect: string
}

export interface Caller {
  /** Called at each point of an effect. The gateway may crash there. */
  readonly reach: (point: EffectPoint) => void
  /** Whether the gateway has crashed: later effects do not happen, and later results do not arrive. */
  readonly isOver: boolean
}

/** A promise for a crashed gateway: it never resolves. */
export function never(): Promise<never> {
  return new Promise(() => {})
}
