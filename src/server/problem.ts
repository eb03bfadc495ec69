/** Converts errors to answers `{code, message}` with the HTTP status of the error table. Internal details stay in the log. */
import { GatewayError, type GatewayErrorCode, UnavailableError } from '../domain/errors.ts'
import { json, type Reply } from './reply.ts'

/** Text of the reference API for a defect. */
const DEFECT = 'Internal server error. Please try again.'

/** Body of an error answer. */
export interface Problem {
  readonly code: GatewayErrorCode
  readonly message: string
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
  return problem(error.http, { code: error.code, message: error.message }, headersOf(error))
}

function headersOf(error: GatewayError): Readonly<Record<string, string>> | undefined {
  if (error instanceof UnavailableError) return { 'Retry-After': String(error.retryAfter) }
  return error.code === 'operator_token_required' ? { 'WWW-Authenticate': 'Bearer' } : undefined
}

export function problem(status: number, body: Problem, headers?: Readonly<Record<string, string>>): Reply {
  return json(status, body, headers)
}
