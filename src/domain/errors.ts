/**
 * Errors that a caller can meet, in one table: code, HTTP status, and whether a retry can help.
 *
 * Callers tell errors apart by class and code, never by message. A `RefusedError` needs a changed request. After an
 * `UnavailableError` a later call with the same request may succeed.
 */
import type { OperationId } from './operation.ts'

interface CodeEntry {
  readonly http: 400 | 401 | 403 | 404 | 405 | 413 | 415 | 422 | 429 | 500 | 501 | 503 | 504
  /** True if a later call with the same request may succeed. */
  readonly retryable: boolean
  /** One sentence for the API description. */
  readonly meaning: string
}

/**
 * All error codes. The codes up to `confirmation_error` are those of the reference API. The reference gives the answers
 * behind the other codes as plain text or under the code `bad_request`.
 */

export const ERROR_CODES = {
  bad_request: {
    http: 400,
    retryable: false,
    meaning: 'A field is missing, malformed or breaks a rule.',
  },
  authenticator_already_exists: {
    http: 400,
    retryable: false,
    meaning: 'The authenticator address already belongs to an account.',
  },
  authenticator_does_not_exist: {
    http: 400,
    retryable: false,
    meaning: 'The signer or the named authenticator belongs to no account.',
  },
  mismatched_signature_nonce: {
    http: 400,
    retryable: false,
    meaning:
      "The nonce is already used, or more than 100 above the account's next nonce. With FUTURE_NONCES=refuse: it is not the account's next nonce.",
  },
  pubkey_id_in_use: {
    http: 400,
    retryable: false,
    meaning: 'The pubkey slot is in use.',
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
      'An operation in flight has the same account and nonce, or claims the same authenticator address. `request_id` names it once it is stored. With FUTURE_NONCES=refuse: an operation of the account is in flight.',
  },
  not_found: { http: 404, retryable: false, meaning: 'The path or the id does not exist.' },
  rate_limit_exceeded: {
    http: 429,
    retryable: true,
    meaning: 'Too many requests of this client or account, or too many waiting operations of this account.',
  },
  internal_server_error: {
    http: 500,
    retryable: true,
    meaning: 'The gateway has a defect.',
  },
  batcher_unavailable: {
    http: 503,
    retryable: true,
    meaning: 'The gateway is starting, stopping or full. The operation was not stored.',
  },
  request_timeout: {
    http: 504,
    retryable: true,
    meaning: 'The answer took too long. The operation may have been stored.',
  },
  method_not_available: {
    http: 501,
    retryable: false,
    meaning: 'The registry version does not have the method.',
  },
  transaction_reverted: {
    http: 500,
    retryable: false,
    meaning: 'The operation reverted on chain. Used in statuses only.',
  },
  confirmation_error: {
    http: 500,
    retryable: false,
    meaning:
      'The transaction was not confirmed. Used in statuses only; kept for clients of the reference API.',
  },
  operator_token_required: {
    http: 401,
    retryable: false,
    meaning: 'The view requires the operator token.',
  },
  host_not_allowed: {
    http: 403,
    retryable: false,
    meaning: 'The server listens on a loopback address, and the request names another host.',
  },
  method_not_allowed: {
    http: 405,
    retryable: false,
    meaning: 'The path exists, but not with the method of the request.',
  },
  payload_too_large: {
    http: 413,
    retryable: false,
    meaning: 'The body exceeds the size limit.',
  },
  unsupported_media_type: {
    http: 415,
    retryable: false,
    meaning: 'The body is not application/json.',
  },
  unprocessable_body: {
    http: 422,
    retryable: false,
    meaning: 'The body is JSON, but a field is missing or has the wrong type.',
  },
  invalid_idempotency_key: {
    http: 400,
    retryable: false,
    meaning: 'The header Idempotency-Key is not 1 to 255 visible ASCII characters.',
  },
  idempotency_key_reused: {
    http: 422,
    retryable: false,
    meaning: 'The first request with this Idempotency-Key had another body.',
  },
  chain_unavailable: {
    http: 503,
    retryable: true,
    meaning: 'The chain did not answer. The operation was not stored.',
  },
  store_unavailable: {
    http: 503,
    retryable: true,
    meaning: 'The database did not answer.',
  },
} as const satisfies Record<string, CodeEntry>

export type GatewayErrorCode = keyof typeof ERROR_CODES

/** Codes allowed in the status of a failed operation. Clients of the reference API reject any other code. */
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
  | 'method_not_available'
  | 'transaction_reverted'
  | 'confirmation_error'
>

type CodeWhere<R extends boolean> = {
  [C in GatewayErrorCode]: (typeof ERROR_CODES)[C]['retryable'] extends R ? C : never
}[GatewayErrorCode]

/** Base class of the errors that the methods of the gateway's handle throw. */
export abstract class GatewayError extends Error {
  abstract readonly code: GatewayErrorCode
  /** True if a later call with the same request may succeed. */
  abstract readonly retryable: boolean

  /** HTTP status of the answer. */
  get http(): CodeEntry['http'] {
    return ERROR_CODES[this.code].http
  }
}

/** The operation or request cannot succeed as given. The caller must change it. */
export class RefusedError extends GatewayError {
  override readonly name = 'RefusedError'
  override readonly retryable = false
  override readonly code: CodeWhere<false>
  /** The operation in flight that the refused operation duplicates; null if the refusal has another reason. */
  readonly duplicateOf: OperationId | null

  /** @param message default: the code, as in the reference API */
  constructor(
    code: CodeWhere<false>,
    message: string = code,
    options?: ErrorOptions & { readonly duplicateOf?: OperationId | undefined },
  ) {
    super(message, options)
    this.code = code
    this.duplicateOf = options?.duplicateOf ?? null
  }
}

/** The gateway, the chain or the database is not available. The same request may succeed later. */
export class UnavailableError extends GatewayError {
  override readonly name = 'UnavailableError'
  override readonly retryable = true
  override readonly code: CodeWhere<true>
  /** Recommended wait before a retry, in seconds. Default 1. */
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

/** The gateway cannot start, and a later try cannot succeed. The message says what to change. */
export class StartupError extends Error {
  override readonly name: string = 'StartupError'
}
