/** The text of `dev` when the gateway is ready: addresses, and commands to paste. */
import type { Address } from '../domain/primitives.ts'
import { createIdleAccount } from '../load/account.ts'
import { toBody } from '../load/client.ts'
import { secureRandom } from '../load/random.ts'
import { COMMAND } from './invocation.ts'
import { DEFAULT_RPC_URL, DEFAULT_URL } from './options.ts'

export interface Surroundings {
  /** The gateway's URL. */
  readonly url: string
  readonly rpcUrl: string
  readonly chainId: number
  readonly registryAddress: Address
  readonly dataDir: string
  /** True if the live view is on. */
  readonly isWatchable: boolean
}

export function welcome(surroundings: Surroundings): string {
  const { url, rpcUrl, chainId, registryAddress, dataDir, isWatchable } = surroundings
  const body = JSON.stringify(toBody(createIdleAccount(secureRandom)))
  const elsewhere = `${url === DEFAULT_URL ? '' : ` --url ${url}`}${rpcUrl === DEFAULT_RPC_URL ? '' : ` --rpc-url ${rpcUrl}`}`
  return `
opsbatcher is ready.

  gateway    ${url}   (API at /docs, metrics at /metrics)${isWatchable ? `\n  live view  ${url}/inspector` : ''}
  chain      ${rpcUrl}   (chain id ${chainId})
  registry   ${registryAddress}
  data       ${dataDir}   (delete this folder to start again)

Create an account and read its status:

  id=$(curl -s ${url}/create-account -H 'Content-Type: application/json' -d '${body}' | grep -o 'gw_[0-9a-f-]*')
  curl -s ${url}/status/$id

Send traffic:

  ${COMMAND} load --operations 500${elsewhere}

Press Ctrl-C to stop. The next start resumes unfinished operations.

`
}
