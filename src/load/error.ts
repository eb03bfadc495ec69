/** A load run cannot start. The message says what to change. */
export class LoadError extends Error {
  override readonly name = 'LoadError'
}
