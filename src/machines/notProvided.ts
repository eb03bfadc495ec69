/**
 * Effects are named slots of the machines. A slot that the composition root, or a test, has not filled says so when it
 * is entered.
 */

/**
 * The implementation of a slot before it is filled.
 * @param slot the effect's name
 * @returns a promise creator that always rejects
 */
export function notProvided(slot: string): () => Promise<never> {
  return () => Promise.reject(new Error(`the effect '${slot}' was not provided to this machine`))
}
