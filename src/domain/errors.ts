/**
 * Every error that a caller can meet, in one table: its HTTP status and whether trying again can help.
 *
 * Two classes carry them, so that nobody matches strings: a `RefusedError` is the caller's to mend, an
 * `UnavailableError` passes by itself. Codes up to `method_not_available` are the reference's; the rest name what it
 * answers in plain text or as somebody else's fault.
 */

interface CodeEntry {
  readonly http: 400 | 404 | 405 | 413 | 415 | 422 | 429 | 500 | 501 | 503 | 504
  readonly retryable: boolean
  readonly meaning: string
}

export const ERROR_CODES = {
  bad_request: {
    http: 400,
    retryable: false,
    meaning: 'A field is missing, malformed or against a rule.',
  },
  authenticator_already_exists: {
    http: 400,
    retryable: false,
    meaning: 'The authenticator address belongs to an account already.',
  },
  authenticator_does_not_exist: {
    http: 400,
    retryable: false,
    meaning: 'No account has the signing or named authenticator.',
  },
  mismatched_signature_nonce: {
    http: 400,
    retryable: false,
    meaning: "The nonce is used, or more than 100 ahead of the account's next one.",
  },
  pubkey_id_in_use: {
    http: 400,
    retryable: false,
    meaning: 'The pubkey slot is taken.',
  },
  pubkey_id_out_of_bounds: {
    http: 400,
    retryable: false,
    meaning: 'The registry has no such pubkey slot.',
  },
  authenticator_does_not_belong_to_account: {
    http: 400,
    retryable: false,
    meaning: 'The authenticator belongs to another account.',
  },
  duplicate_request_in_flight: {
    http: 400,
    retryable: false,
    meaning:
      'An operation in flight has the same account and nonce, or claims the same authenticator address.',
  },
  not_found: { http: 404, retryable: false, meaning: 'No such path or id.' },
  rate_limit_exceeded: {
    http: 429,
    retryable: true,
    meaning: 'Too many requests for this account.',
  },
  internal_server_error: {
    http: 500,
    retryable: true,
    meaning: 'A defect of the gateway.',
  },
  batcher_unavailable: {
    http: 503,
    retryable: true,
    meaning: 'The gateway is starting, stopping or has no room; nothing was stored.',
  },
  request_timeout: {
    http: 504,
    retryable: true,
    meaning: 'The answer took too long; the operation may have been stored all the same.',
  },
  method_not_available: {
    http: 501,
    retryable: false,
    meaning: 'This registry version lacks the method.',
  },
  transaction_reverted: {
    http: 500,
    retryable: false,
    meaning: 'The operation reverted on chain. In statuses only.',
  },
  confirmation_error: {
    http: 500,
    retryable: false,
    meaning: 'The transaction was not confirmed. In statuses only; kept for readers of the reference.',
  },
  method_not_allowed: {
    http: 405,
    retryable: false,
    meaning: 'The path exists, with another method.',
  },
  payload_too_large: {
    http: 413,
    retryable: false,
    meaning: 'The body is over the limit.',
  },
  unsupported_media_type: {
    http: 415,
    retryable: false,
    meaning: 'The body is not application/json.',
  },
  unprocessable_body: {
    http: 422,
    retryable: false,
    meaning: 'The body is JSON of the wrong shape: a field is missing or of another type.',
  },
  chain_unavailable: {
    http: 503,
    retryable: true,
    meaning: 'The chain did not answer; nothing was stored.',
  },
  store_unavailable: {
    http: 503,
    retryable: true,
    meaning: 'The store did not answer.',
  },
} as const satisfies Record<string, CodeEntry>

export type GatewayErrorCode = keyof typeof ERROR_CODES

/** The codes that a status may carry: the reference's client refuses any other. */
export type StatusErrorCode = Extract<
  GatewayErrorCode,
  | 'internal_server_error'
  | 'bad_request'
  | 'batcher_unavailable'
  | 'authenticator_already_exists'
  | 'authenticator_does_not_exist'
  | 'mismatched_signature_nonce'
  | 'pubkey_id_in_use'
  | 'pubkey_id_out_of_bounds'
  | 'authenticator_does_not_belong_to_account'
  | 'transaction_reverted'
  | 'confirmation_error'
>

type CodeWhere<R extends boolean> = {
  [C in GatewayErrorCode]: (typeof ERROR_CODES)[C]['retryable'] extends R ? C : never
}[GatewayErrorCode]

/** The root of what the gateway throws at callers. */
export abstract class GatewayError extends Error {
  abstract readonly code: GatewayErrorCode
  abstract readonly retryable: boolean

  /** The HTTP status of the answer. */
  get http(): CodeEntry['http'] {
    return ERROR_CODES[this.code].http
  }
}

/** The request cannot succeed as it is: its sender must change something. */
export class RefusedError extends GatewayError {
  override readonly name = 'RefusedError'
  override readonly retryable = false
  override readonly code: CodeWhere<false>

  constructor(code: CodeWhere<false>, message: string = code, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** The request is fine and the gateway, or what it depends on, is not: the same request may succeed later. */
export class UnavailableError extends GatewayError {
  override readonly name = 'UnavailableError'
  override readonly retryable = true
  override readonly code: CodeWhere<true>
  /** Seconds after which trying again makes sense. */
  readonly retryAfter: number

  constructor(
    code: CodeWhere<true>,
    message: string,
    options?: ErrorOptions & { readonly retryAfter?: number },
  ) {
    super(message, options)
    this.code = code
    this.retryAfter = options?.retryAfter ?? 1
  }
}

/** The gateway cannot start; the message says what to change. */
export class StartupError extends Error {
  override readonly name = 'StartupError'
}
