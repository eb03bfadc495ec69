/** Who may look: whoever shows the operator's token, or whoever is on this machine where none is configured. */

import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { type Access, isLoopback } from '../../domain/access.ts'

export type Verdict = 'granted' | 'wrongHost' | 'noToken'

const COOKIE = 'opsbatcher_inspector'

export function judge({ token, anyHost }: Access, request: Request): Verdict {
  if (token !== null) return shows(token, request.headers) ? 'granted' : 'noToken'
  return anyHost || isLoopback(new URL(request.url).hostname) ? 'granted' : 'wrongHost'
}

/** @returns the header that lets a browser in from now on; null for a wrong token */
export function admission({ token }: Access, shown: string): string | null {
  if (token === null || !isSame(shown, token)) return null
  return `${COOKIE}=${passOf(token)}; Path=/inspector; HttpOnly; SameSite=Strict`
}

function shows(token: string, headers: Headers): boolean {
  const [, bearer] = /^Bearer +(.+)$/i.exec(headers.get('Authorization') ?? '') ?? []
  if (bearer !== undefined) return isSame(bearer, token)
  const [, pass] = new RegExp(`(?:^|; *)${COOKIE}=([^;]*)`).exec(headers.get('Cookie') ?? '') ?? []
  return pass !== undefined && isSame(pass, passOf(token))
}

/** What the cookie holds: nobody can make the token of it. */
function passOf(token: string): string {
  return createHmac('sha256', token).update(COOKIE).digest('base64url')
}

/** Takes as long whatever the texts are. */
function isSame(one: string, other: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(one), digest(other))
}
