/**
 * Decides who may open the live view. With an operator token, a request must carry the token. Without a token, only requests
 * to a loopback host name are allowed, unless the configuration allows any host.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { type Access, isLoopback } from '../../domain/access.ts'

export type AccessDecision = 'allowed' | 'wrongHost' | 'noToken'

const COOKIE = 'opsbatcher_inspector'

export function decideAccess({ token, anyHost }: Access, request: Request): AccessDecision {
  if (token !== null) return carriesToken(token, request.headers) ? 'allowed' : 'noToken'
  return anyHost || isLoopback(new URL(request.url).hostname) ? 'allowed' : 'wrongHost'
}

/** @returns the `Set-Cookie` header of a browser session, or null if the token is wrong */
export function sessionCookie({ token }: Access, given: string): string | null {
  if (token === null || !isSame(given, token)) return null
  return `${COOKIE}=${cookieValue(token)}; Path=/inspector; HttpOnly; SameSite=Strict`
}

function carriesToken(token: string, headers: Headers): boolean {
  const [, bearer] = /^Bearer +(.+)$/i.exec(headers.get('Authorization') ?? '') ?? []
  if (bearer !== undefined) return isSame(bearer, token)
  const [, cookie] = new RegExp(`(?:^|; *)${COOKIE}=([^;]*)`).exec(headers.get('Cookie') ?? '') ?? []
  return cookie !== undefined && isSame(cookie, cookieValue(token))
}

/** The value of the cookie. The token cannot be computed from the value. */
function cookieValue(token: string): string {
  return createHmac('sha256', token).update(COOKIE).digest('base64url')
}

/** Compares in constant time, because the duration must reveal nothing about the token. */
function isSame(one: string, other: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(one), digest(other))
}
