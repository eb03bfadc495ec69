/**
 * Part `accept`: what it costs to accept an operation over HTTP. Half of the operations are creates, half are inserts with a
 * signature. Every operation is simulated on the chain and stored before its answer. The CPU time is that of all threads of
 * the gateway's process, which also makes batches meanwhile. It depends less on other work on the machine than the rate.
 */
import type { Devnet } from '../src/devnet/devnet.ts'
import { connectGateway } from '../src/load/client.ts'
import type { WorldIdOperation } from '../src/registry/worldId/operations.ts'
import { benchBacklog, submitAll } from './backlog.ts'
import { type GatewayProcess, withGateway } from './gatewayProcess.ts'
import { mapLimited } from './mapLimited.ts'
import type { Part, Row, Size } from './row.ts'
import { creates, inserts } from './work.ts'

const CONCURRENCY = 256
const [FULL, QUICK] = [6_000, 1_000]
/** Short blocks make the accounts of the inserts sooner. */
export const ACCEPT_BLOCK_SECONDS = 0.5

export const accept: Part = {
  name: 'accept',
  rows: ['accepted_per_second', 'accept_cpu_us', 'status_cpu_us'],
  measure: (size) =>
    withGateway(
      {},
      async (gateway, chain) => measureAccept(gateway, await acceptWork(gateway, chain, size)),
      { blockTimeSeconds: ACCEPT_BLOCK_SECONDS },
    ),
}

/** Creates and inserts in turn. The accounts of the inserts are the warm-up: a new process compiles its code meanwhile. */
export async function acceptWork({ url }: GatewayProcess, chain: Devnet, { isQuick }: Size) {
  const half = (isQuick ? QUICK : FULL) / 2
  const changes = await inserts(chain, half, (accounts) => benchBacklog(url, accounts, CONCURRENCY))
  return creates(half).flatMap((operation, index) => [operation, ...changes.slice(index, index + 1)])
}

/** @returns the ids of the operations */
export function submitAtOnce(
  url: string,
  operations: readonly WorldIdOperation[],
): Promise<readonly string[]> {
  return submitAll(url, operations, CONCURRENCY)
}

/** Asks once for the status of each operation. */
export async function askAtOnce(url: string, ids: readonly string[]): Promise<void> {
  const client = connectGateway(url, 1)
  await mapLimited(ids, CONCURRENCY, async (id) => {
    if ((await client.status(id)) === null) throw new Error('no valid status')
  })
  client.close()
}

async function measureAccept(
  gateway: GatewayProcess,
  operations: readonly WorldIdOperation[],
): Promise<readonly Row[]> {
  const { url } = gateway
  const submitted = await cost(gateway, () => submitAtOnce(url, operations))
  const asked = await cost(gateway, () => askAtOnce(url, submitted.result))
  const cpuEach = submitted.cpu / operations.length
  return [
    {
      name: 'accepted_per_second',
      value: operations.length / submitted.seconds,
      beside: `${Math.round(1e6 / cpuEach)} if one core worked for the gateway alone`,
    },
    { name: 'accept_cpu_us', value: cpuEach },
    { name: 'status_cpu_us', value: asked.cpu / operations.length },
  ]
}

async function cost<T>(gateway: GatewayProcess, work: () => Promise<T>) {
  const [cpuBefore, start] = [await gateway.cpuTime(), performance.now()]
  const result = await work()
  const seconds = (performance.now() - start) / 1000
  return { result, seconds, cpu: (await gateway.cpuTime()) - cpuBefore }
}
