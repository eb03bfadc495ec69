/**
 * The time of a start with a long queue. The store writes accepted operations to a database, and a gateway process starts on
 * this database, as after a crash.
 */
import { randomUUID } from 'node:crypto'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createPublicClient, http } from 'viem'
import { z } from 'zod'
import type { Devnet } from '../src/devnet/devnet.ts'
import type { Operation } from '../src/domain/operation.ts'
import { changeAccount, createAccount, createIdleAccount, type LiveAccount } from '../src/load/account.ts'
import { connectGateway } from '../src/load/client.ts'
import { secureRandom } from '../src/load/random.ts'
import { toEnvelope } from '../src/registry/worldId/envelope.ts'
import { type RegistryDomain, registryDomain } from '../src/registry/worldId/typedData.ts'
import { openThreadedStore } from '../src/store/sqlite/threadedStore.ts'
import { startGatewayProcess } from './gatewayProcess.ts'

/** The queue has 16 creates for each account, and each account has 4 operations in its lane. */
const LANE_LENGTH = 4
const CREATES = 16

/** Writes per commit. */
const COMMIT = 2_000

/** Times in seconds from the start of the process. */
export interface Recovery {
  /** Time until the gateway listens. */
  readonly serving: number
  /** Time until a new operation is accepted. */
  readonly accepted: number
  /** Operations in queue and lanes at that time, without the operations of the first batches. */
  readonly queued: number
}

const health = z.object({
  batcher: z.object({ ready: z.number(), waiting: z.number() }),
})

/** @param operations number of queued operations before the start */
export async function benchRecovery(chain: Devnet, operations: number): Promise<Recovery> {
  const dataDir = await mkdtemp(join(tmpdir(), 'opsbatcher-recovery-'))
  await fill(join(dataDir, 'operations.sqlite'), chain, operations)
  const start = performance.now()
  const seconds = () => (performance.now() - start) / 1000
  const gateway = await startGatewayProcess(chain, {}, dataDir)
  try {
    const serving = seconds()
    const client = connectGateway(gateway.url, 1)
    const answer = await client.submit(createIdleAccount(secureRandom))
    client.close()
    if (answer.type !== 'accepted') throw new Error(`refused: ${answer.code} ${answer.message}`)
    const accepted = seconds()
    const { batcher } = health.parse(await (await fetch(`${gateway.url}/health`)).json())
    return { serving, accepted, queued: batcher.ready + batcher.waiting }
  } finally {
    await gateway.stop()
  }
}

async function fill(path: string, chain: Devnet, operations: number): Promise<void> {
  const store = await openThreadedStore(path)
  const { hash: genesisHash } = await createPublicClient({ transport: http(chain.rpcUrl) }).getBlock({
    blockNumber: 0n,
  })
  const { chainId, registryAddress } = chain
  await store.bind({ chainId, registryAddress, genesisHash })
  const queue = endlessQueue(registryDomain(chainId, registryAddress))
  for (let first = 0; first < operations; first += COMMIT) {
    const writes = take(queue, Math.min(COMMIT, operations - first)).map((operation, index) => {
      const provenance = { id: randomUUID(), client: null, receivedAt: Date.now(), signer: null }
      const envelope = { ...toEnvelope(operation, provenance), sequence: first + index + 1 }
      return { type: 'operation.accepted' as const, envelope }
    })
    await store.commit(writes)
  }
  await store.close()
}

/** The operations have valid signatures, for accounts that the chain does not have. */
function* endlessQueue(domain: RegistryDomain): Generator<Operation, never> {
  const { account: template } = createAccount(1, secureRandom)
  for (let leaf = 1; ; leaf += 1) {
    for (let count = 0; count < CREATES; count += 1) yield createIdleAccount(secureRandom)
    let account: LiveAccount = { ...template, leafIndex: `0x${leaf.toString(16)}` }
    for (let count = 0; count < LANE_LENGTH; count += 1) {
      const step = changeAccount(account, 'insert_authenticator', { domain, random: secureRandom })
      yield step.operation
      account = step.account
    }
  }
}

function take<T>(source: Generator<T, never>, count: number): readonly T[] {
  return Array.from({ length: count }, () => source.next().value)
}
