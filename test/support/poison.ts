/** A clock that crashes an actor: the next reading by a machine throws, in the middle of an action or a guard. */
import { existsSync } from 'node:fs'
import type { Now } from '../../src/domain/primitives.ts'

interface Poison {
  /** Path of a file below `src/machines`, for example `wallet/setup.ts`. */
  readonly file: string
  /** Message of the thrown error. */
  readonly message?: string
  /** Number of successful readings in the file before the crash. */
  readonly delay?: number
}

export interface PoisonedClock {
  readonly now: Now
  /**
   * Makes a reading of the time in a file throw. Resolves after the throw.
   * @throws Error when the file does not exist, because no reading would ever throw
   */
  poison(poison: Poison): Promise<void>
}

const MACHINES = new URL('../../src/machines/', import.meta.url)

export function poisonedClock(): PoisonedClock {
  let poison: Poison | null = null
  let delay = 0
  let thrown = () => {}
  return {
    now() {
      if (poison === null || !isCalledFrom(poison.file)) return Date.now()
      if (delay > 0) {
        delay -= 1
        return Date.now()
      }
      const { file, message = `poison for ${file}` } = poison
      poison = null
      thrown()
      throw new Error(message)
    },
    poison(given) {
      if (!existsSync(new URL(given.file, MACHINES))) throw new Error(`no file ${given.file} in src/machines`)
      poison = given
      delay = given.delay ?? 0
      return new Promise((resolve) => {
        thrown = resolve
      })
    },
  }
}

/** True when the reader of the clock is in the file. It is the fourth line of the trace, after the message and two functions. */
function isCalledFrom(file: string): boolean {
  return new Error().stack?.split('\n')[3]?.includes(`/machines/${file}`) ?? false
}
