/** Secret texts of the settings. Logs, error messages and the live view hide the secrets. */
import type { Hex } from '../domain/primitives.ts'
import { keysInUrl } from '../domain/rpcUrl.ts'
import type { Settings } from './settings.ts'

type Secrets = Pick<Settings, 'rpcUrl' | 'sendOnlyRpcUrls' | 'operatorToken'> & {
  readonly databaseUrl?: string | null | undefined
  readonly walletPrivateKey?: Hex | null | undefined
}

/**
 * The wallet's key, the operator's token, the password of the database, and the parts of RPC URLs that look like keys. `createRedactor` finds short
 * credentials by the place in a URL.
 */
export function secretsOf({
  rpcUrl = [],
  sendOnlyRpcUrls = [],
  walletPrivateKey,
  operatorToken,
  databaseUrl,
}: Secrets): readonly string[] {
  return [
    ...(walletPrivateKey === undefined || walletPrivateKey === null ? [] : [walletPrivateKey.slice(2)]),
    ...(operatorToken === undefined ? [] : [operatorToken]),
    ...passwordsIn(databaseUrl ?? null),
    ...[...rpcUrl, ...sendOnlyRpcUrls].flatMap((url) => keysInUrl(new URL(url))),
  ]
}

/** A shorter password may be a word that logs need. Inside a URL, `createRedactor` hides it anyway. */
const SHORTEST_PASSWORD = 8

function passwordsIn(url: string | null): readonly string[] {
  const password = url === null ? '' : new URL(url).password
  return password.length < SHORTEST_PASSWORD ? [] : [password]
}
