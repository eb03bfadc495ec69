/** Why there is no local chain, in words for the person who asked for one. */
export class DevnetError extends Error {
  override readonly name = 'DevnetError'
}
