/** The operator token of a request: a bearer token, or the cookie of a browser session. */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto'

const COOKIE = 'opsbatcher_inspector'

export function carriesToken(token: string, headers: Headers): boolean {
  const [, bearer] = /^Bearer +(.+)$/i.exec(headers.get('Authorization') ?? '') ?? []
  if (bearer !== undefined) return isSame(bearer, token)
  const [, cookie] = new RegExp(`(?:^|; *)${COOKIE}=([^;]*)`).exec(headers.get('Cookie') ?? '') ?? []
  return cookie !== undefined && isSame(cookie, cookieValue(token))
}

/**
 * The path is `/`, because the page of the live view also reads the views of the API.
 * @returns the `Set-Cookie` header of a browser session, or null if the token is wrong
 */
export function sessionCookie(token: string, given: string): string | null {
  return isSame(given, token) ? `${COOKIE}=${cookieValue(token)}; Path=/; HttpOnly; SameSite=Strict` : null
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
