/** A clock that is poison for one actor: the machine that reads it next throws, in the middle of an action or a guard. */
import type { Now } from '../../src/domain/primitives.ts'

export interface PoisonedClock {
  readonly now: Now
  /**
   * From now on, the next reading of the time throws that is made in a file, once.
   * @param file name of a file of `src/machines`, e.g. `wallet.ts`
   * @param message what is thrown says
   */
  poison(file: string, message?: string): void
  /** Whether the poison was taken. */
  readonly isTaken: boolean
}

export function poisonedClock(): PoisonedClock {
  let poison: { readonly file: string; readonly message: string } | null = null
  return {
    now() {
      if (poison === null || !isCalledFrom(poison.file)) return Date.now()
      const { message } = poison
      poison = null
      throw new Error(message)
    },
    poison(file, message = `poison for ${file}`) {
      poison = { file, message }
    },
    get isTaken() {
      return poison === null
    },
  }
}

/** Whether the caller of this function's caller is in the file. The first line of a trace is the error's own. */
function isCalledFrom(file: string): boolean {
  return new Error().stack?.split('\n')[3]?.includes(`/machines/${file}`) ?? false
}
