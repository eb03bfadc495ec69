/** Converts errors to answers `{code, message}` with the HTTP status of the error table. Internal details stay in the log. */
import { GatewayError, type GatewayErrorCode, RefusedError, UnavailableError } from '../domain/errors.ts'
import { json, type Reply } from './reply.ts'
import { requestIdToWire } from './wire.ts'

/** Text of the reference API for a defect. */
const DEFECT = 'Internal server error. Please try again.'

/** Body of an error answer. */
export interface Problem {
  readonly code: GatewayErrorCode
  readonly message: string
  /** The operation in flight that the refused operation duplicates. */
  readonly request_id?: string
}

/** Logs a defect. The caller never sees its details. */
export type Report = (cause: unknown) => void

/**
 * @param error the thrown value. Any value except a `GatewayError` is a defect.
 * @param report called if the error is a defect
 */
export function problemReply(error: unknown, report: Report): Reply {
  if (!(error instanceof GatewayError) || error.code === 'internal_server_error') {
    report(error)
    return problem(500, { code: 'internal_server_error', message: DEFECT })
  }
  const { code, message, http } = error
  const duplicateOf = error instanceof RefusedError ? error.duplicateOf : null
  const named = duplicateOf !== null && { request_id: requestIdToWire(duplicateOf) }
  return problem(http, { code, message, ...named }, headersOf(error))
}

function headersOf(error: GatewayError): Readonly<Record<string, string>> | undefined {
  if (error instanceof UnavailableError) return { 'Retry-After': String(error.retryAfter) }
  return error.code === 'operator_token_required' ? { 'WWW-Authenticate': 'Bearer' } : undefined
}

export function problem(status: number, body: Problem, headers?: Readonly<Record<string, string>>): Reply {
  return { ...json(status, body, headers), code: body.code }
}
