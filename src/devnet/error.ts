/** The local chain cannot start. The message says what to change. */
export class DevnetError extends Error {
  override readonly name = 'DevnetError'
}
