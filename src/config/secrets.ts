/** The texts that must not be shown, wherever they turn up: in a log, an error or a message of a library. */
import type { Settings } from './settings.ts'

/** Long enough that a provider's key is, and an ordinary path segment is not. */
const KEY_LENGTH = 16

/**
 * The wallet's key, the operator's token, and what looks like a key in the endpoint's URL: any long segment, parameter or password. Short
 * credentials are known by their place in a URL instead, see `createRedactor`.
 */
export function secretsOf({
  rpcUrl,
  walletPrivateKey,
  operatorToken,
}: Pick<Settings, 'rpcUrl' | 'walletPrivateKey' | 'operatorToken'>): readonly string[] {
  return [
    ...(walletPrivateKey === undefined ? [] : [walletPrivateKey.slice(2)]),
    ...(operatorToken === undefined ? [] : [operatorToken]),
    ...(rpcUrl === undefined ? [] : keysInUrl(new URL(rpcUrl))),
  ]
}

function keysInUrl({ username, password, pathname, searchParams }: URL): string[] {
  const parts = [username, password, ...pathname.split('/'), ...searchParams.values()]
  return parts.filter((part) => part.length >= KEY_LENGTH)
}
