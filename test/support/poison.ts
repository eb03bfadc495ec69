/** A clock that is poison for one actor: the machine that reads it next throws, in the middle of an action or a guard. */
import type { Now } from '../../src/domain/primitives.ts'

interface Poison {
  /** A file of `src/machines`, e.g. `wallet/setup.ts`. */
  readonly file: string
  /** What is thrown says this. */
  readonly message?: string
  /** Readings of the time in that file that go well before. */
  readonly delay?: number
}

export interface PoisonedClock {
  readonly now: Now
  /** One reading of the time that is made in a file throws; resolves when it has. */
  poison(poison: Poison): Promise<void>
}

export function poisonedClock(): PoisonedClock {
  let poison: Poison | null = null
  let delay = 0
  let taken = () => {}
  return {
    now() {
      if (poison === null || !isCalledFrom(poison.file)) return Date.now()
      if (delay > 0) {
        delay -= 1
        return Date.now()
      }
      const { file, message = `poison for ${file}` } = poison
      poison = null
      taken()
      throw new Error(message)
    },
    poison(given) {
      poison = given
      delay = given.delay ?? 0
      return new Promise((resolve) => {
        taken = resolve
      })
    },
  }
}

/** Whether the caller of this function's caller is in the file. The first line of a trace is the error's own. */
function isCalledFrom(file: string): boolean {
  return new Error().stack?.split('\n')[3]?.includes(`/machines/${file}`) ?? false
}
