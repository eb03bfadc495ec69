/** The texts that must not be shown, wherever they turn up: in a log, an error or a message of a library. */
import { keysInUrl } from '../domain/rpcUrl.ts'
import type { Settings } from './settings.ts'

/**
 * The wallet's key, the operator's token, and what looks like a key in an endpoint's URL. Short credentials are known by
 * their place in a URL instead, see `createRedactor`.
 */
export function secretsOf({
  rpcUrl,
  walletPrivateKey,
  operatorToken,
}: Pick<Settings, 'rpcUrl' | 'walletPrivateKey' | 'operatorToken'>): readonly string[] {
  return [
    ...(walletPrivateKey === undefined ? [] : [walletPrivateKey.slice(2)]),
    ...(operatorToken === undefined ? [] : [operatorToken]),
    ...(rpcUrl ?? []).flatMap((url) => keysInUrl(new URL(url))),
  ]
}
