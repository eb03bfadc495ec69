/** Errors as answers: `{code, message}`, the status of the error table, and nothing of the gateway's insides. */
import { GatewayError, type GatewayErrorCode, UnavailableError } from '../domain/errors.ts'
import { json, type Reply } from './reply.ts'

/** The reference's text for a defect. */
const DEFECT = 'Internal server error. Please try again.'

/** The body of every error. */
export interface Problem {
  readonly code: GatewayErrorCode
  readonly message: string
}

/** What is logged of a defect and never told to the caller. */
export type Report = (cause: unknown) => void

/**
 * @param error what was thrown; anything but a `GatewayError` is a defect
 * @param report called with a defect
 */
export function problemReply(error: unknown, report: Report): Reply {
  if (!(error instanceof GatewayError) || error.code === 'internal_server_error') {
    report(error)
    return problem(500, { code: 'internal_server_error', message: DEFECT })
  }
  const headers = error instanceof UnavailableError ? { 'Retry-After': String(error.retryAfter) } : undefined
  return problem(error.http, { code: error.code, message: error.message }, headers)
}

export function problem(status: number, body: Problem, headers?: Readonly<Record<string, string>>): Reply {
  return json(status, body, headers)
}
