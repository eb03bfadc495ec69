/** A load run cannot start. The message says what to change. */
export class LoadError extends Error {
  override readonly name: string = 'LoadError'
}

/** No gateway answers. The command line adds how to start one, because that depends on how the program was started. */
export class NoGatewayError extends LoadError {
  override readonly name = 'NoGatewayError'
}
