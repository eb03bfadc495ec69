/** What `dev` says once everything runs: where things are, and what to try. All commands work as they are pasted. */
import type { Address } from '../domain/primitives.ts'
import { createIdleAccount } from '../load/account.ts'
import { toBody } from '../load/client.ts'
import { secureRandom } from '../load/random.ts'
import { DEFAULT_RPC_URL, DEFAULT_URL } from './options.ts'

export interface Surroundings {
  /** The gateway's URL. */
  readonly url: string
  readonly rpcUrl: string
  readonly chainId: number
  readonly registryAddress: Address
  readonly dataDir: string
  /** Whether the live view is on. */
  readonly isWatchable: boolean
}

export function welcome(surroundings: Surroundings): string {
  const { url, rpcUrl, chainId, registryAddress, dataDir, isWatchable } = surroundings
  const body = JSON.stringify(toBody(createIdleAccount(secureRandom)))
  const elsewhere = `${url === DEFAULT_URL ? '' : ` --url ${url}`}${rpcUrl === DEFAULT_RPC_URL ? '' : ` --rpc-url ${rpcUrl}`}`
  return `
opsbatcher is ready.

  gateway    ${url}   (metrics at /metrics, the API's description at /openapi.json)${isWatchable ? `\n  live view  ${url}/inspector` : ''}
  chain      ${rpcUrl}   (chain id ${chainId})
  registry   ${registryAddress}
  data       ${dataDir}   (delete it to start afresh)

Create an account, and see what becomes of it:

  id=$(curl -s ${url}/create-account -H 'Content-Type: application/json' -d '${body}' | grep -o 'gw_[0-9a-f-]*')
  curl -s ${url}/status/$id

Make some traffic:

  npm run -s opsbatcher -- load --operations 500${elsewhere}

Ctrl-C stops it. Whatever is under way goes on at the next start.

`
}
