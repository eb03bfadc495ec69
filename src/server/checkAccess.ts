/** Decides whether the API answers a request: by the host name for all routes, by the operator token for its views. */
import { type ApiAccess, isLoopback } from '../domain/access.ts'
import { RefusedError } from '../domain/errors.ts'
import { carriesToken } from './token.ts'

const WRONG_HOST =
  'This server answers only requests to localhost. To use another host name, listen on another address, or set TRUST_PROXY behind a reverse proxy.'
const NO_TOKEN = 'The operator token is missing or wrong. Send it as a bearer token.'

/**
 * @param isOperatorView true for a route that `READ_ACCESS` may put behind the token
 * @throws RefusedError `host_not_allowed` or `operator_token_required`
 */
export function checkAccess(
  { anyHost, viewToken }: ApiAccess,
  request: Request,
  isOperatorView: boolean,
): void {
  if (!anyHost && !isLoopback(new URL(request.url).hostname)) {
    throw new RefusedError('host_not_allowed', WRONG_HOST)
  }
  if (isOperatorView && viewToken !== null && !carriesToken(viewToken, request.headers)) {
    throw new RefusedError('operator_token_required', NO_TOKEN)
  }
}
