/** Checks of the RPC endpoints: each alone, as the gateway may have to work with any of them. */
import type { GatewayConfig } from '../domain/config.ts'
import type { DurationMs, Now } from '../domain/primitives.ts'
import { namesOfUrls } from '../domain/rpcUrl.ts'
import type { ChainClient } from '../rpc/chainClient.ts'
import { type Endpoints, openEndpoints } from '../rpc/endpoints.ts'
import { checkCapabilities } from './capabilities.ts'
import { type Check, fail, ok, warn } from './check.ts'
import { reasonOf } from './reason.ts'

type Config = Pick<GatewayConfig, 'chain' | 'transactions' | 'batching'>

/** Calls for the latency; their median counts. */
const PINGS = 5
/** Blocks for the time between two blocks. */
const BLOCKS = 20n
/** Clocks and blocks may be so far apart. */
const LATEST_AGE: DurationMs = 60_000

/** Checks every endpoint of `RPC_URL` and `SEND_ONLY_RPC_URLS`, and calls `report` for each check as soon as it is made. */
export async function checkEndpoints(
  config: Config,
  now: Now,
  report: (check: Check) => void,
): Promise<void> {
  const { rpcUrls, sendOnlyRpcUrls } = config.chain
  const names = namesOfUrls([...rpcUrls, ...sendOnlyRpcUrls])
  for (const [index, url] of [...rpcUrls, ...sendOnlyRpcUrls].entries()) {
    const name = `RPC ${names[index]}`
    const isSendOnly = index >= rpcUrls.length
    const endpoints = openEndpoints(
      { ...config.transactions, ...config.chain, rpcUrls: [url], sendOnlyRpcUrls: [] },
      () => {},
      now,
    )
    try {
      if (isSendOnly) report(await checkSendOnly(endpoints, name))
      else for (const check of await checkEndpoint(endpoints, name, config, now)) report(check)
    } finally {
      endpoints.close()
    }
  }
}

/** Another endpoint takes over for one that does not answer. */
async function checkEndpoint(
  endpoints: Endpoints,
  name: string,
  config: Config,
  now: Now,
): Promise<readonly Check[]> {
  try {
    await endpoints.connect()
    const client = endpoints.pin()
    const head = await checkHead(client, name, endpoints.chainId, config, now)
    return [head, ...(await checkCapabilities(client, name, config, () => performance.now()))]
  } catch (error) {
    const report = config.chain.rpcUrls.length > 1 ? warn : fail
    return [report(name, reasonOf(error), 'check RPC_URL, the network, and the key in the URL')]
  }
}

/** Chain, newest block and latency. An endpoint slower than half a block is demoted while another one is fast. */
async function checkHead(
  client: ChainClient,
  name: string,
  chainId: number,
  { chain }: Config,
  now: Now,
): Promise<Check> {
  const latency = await medianLatency(client)
  const newest = await client.getBlock({ blockTag: 'latest' })
  const age = now() - Number(newest.timestamp) * 1_000
  const blockTime = await averageBlockTime(client, newest)
  const rhythm = blockTime === null ? '' : `, a block every ${seconds(blockTime)}`
  const found = `chain ${chainId}, block ${newest.number} from ${seconds(age)} ago${rhythm}, ${Math.round(latency)} ms`
  if (age < -LATEST_AGE) return warn(name, found, 'the clock of this machine is behind; synchronise it')
  if (age > chain.stallTimeout + LATEST_AGE) {
    return warn(name, found, 'the node is behind, or the chain makes no blocks; check the node')
  }
  if (blockTime !== null && latency > blockTime / 2) {
    return warn(
      name,
      found,
      'slower than half a block; use an endpoint that is closer, or put a faster one first',
    )
  }
  return ok(name, found)
}

async function medianLatency(client: ChainClient): Promise<DurationMs> {
  const durations: DurationMs[] = []
  for (let ping = 0; ping < PINGS; ping += 1) {
    const start = performance.now()
    await client.getBlockNumber({ cacheTime: 0 })
    durations.push(performance.now() - start)
  }
  return durations.toSorted((a, b) => a - b)[Math.floor(PINGS / 2)] ?? 0
}

/** @returns null on a chain with too few blocks, or several in a second */
async function averageBlockTime(
  client: ChainClient,
  { number, timestamp }: { readonly number: bigint; readonly timestamp: bigint },
): Promise<DurationMs | null> {
  if (number <= BLOCKS) return null
  const before = await client.getBlock({ blockNumber: number - BLOCKS })
  const time = (Number(timestamp - before.timestamp) * 1_000) / Number(BLOCKS)
  return time >= 1_000 ? time : null
}

/** An endpoint that only takes transactions may refuse every other call, so a refusal is no fault. */
async function checkSendOnly(endpoints: Endpoints, name: string): Promise<Check> {
  try {
    await endpoints.connect()
    return ok(name, `chain ${endpoints.chainId}, for transactions only`)
  } catch (error) {
    return warn(
      name,
      reasonOf(error),
      'for transactions only: it may refuse other calls; if it does not answer at all, check SEND_ONLY_RPC_URLS',
    )
  }
}

function seconds(time: DurationMs): string {
  return `${(time / 1_000).toFixed(1)} s`
}
