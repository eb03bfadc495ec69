/**
 * Decides who may open the live view. With an operator token, a request must carry the token. Without a token, only requests
 * to a loopback host name are allowed, unless the configuration allows any host.
 */
import { type Access, isLoopback } from '../../domain/access.ts'
import { carriesToken } from '../token.ts'

export type AccessDecision = 'allowed' | 'wrongHost' | 'noToken'

export function decideAccess({ token, anyHost }: Access, request: Request): AccessDecision {
  if (token !== null) return carriesToken(token, request.headers) ? 'allowed' : 'noToken'
  return anyHost || isLoopback(new URL(request.url).hostname) ? 'allowed' : 'wrongHost'
}
