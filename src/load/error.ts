/** The run cannot be made; the message is for the person who asked for it. */
export class LoadError extends Error {
  override readonly name = 'LoadError'
}
