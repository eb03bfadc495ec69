/** Secret texts of the settings. Logs, error messages and the live view hide the secrets. */
import type { Hex } from '../domain/primitives.ts'
import { keysInUrl } from '../domain/rpcUrl.ts'
import type { Settings } from './settings.ts'

type Secrets = Pick<Settings, 'rpcUrl' | 'sendOnlyRpcUrls' | 'operatorToken'> & {
  readonly walletPrivateKey?: Hex | null | undefined
}

/**
 * The wallet's key, the operator's token, and the parts of RPC URLs that look like keys. `createRedactor` finds short
 * credentials by the place in a URL.
 */
export function secretsOf({
  rpcUrl = [],
  sendOnlyRpcUrls = [],
  walletPrivateKey,
  operatorToken,
}: Secrets): readonly string[] {
  return [
    ...(walletPrivateKey === undefined || walletPrivateKey === null ? [] : [walletPrivateKey.slice(2)]),
    ...(operatorToken === undefined ? [] : [operatorToken]),
    ...[...rpcUrl, ...sendOnlyRpcUrls].flatMap((url) => keysInUrl(new URL(url))),
  ]
}
