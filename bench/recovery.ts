/**
 * How long a start takes that has a long queue to go on from: a database is filled with accepted operations by the store's own
 * writes, and a gateway is started on it in a process of its own, as after a kill.
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
import { openThreadedStore } from '../src/store/sqlite/storeThread.ts'
import { startGatewayProcess } from './gatewayProcess.ts'

/** To each account with so many operations in its lane come so many creates. */
const LANE_LENGTH = 4
const CREATES = 16

/** Writes of a commit. */
const COMMIT = 2_000

/** All from the start of the process on, in seconds. */
export interface Recovery {
  /** Until operations are taken. */
  readonly serving: number
  /** Until a new operation was accepted. */
  readonly accepted: number
  /** Operations that were back in queue and lanes then; those of the first batches are not among them. */
  readonly queued: number
}

const health = z.object({
  batcher: z.object({ ready: z.number(), waiting: z.number() }),
})

/** @param operations how many are queued before the start */
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
      const provenance = { id: randomUUID(), receivedAt: Date.now(), signer: null }
      const envelope = { ...toEnvelope(operation, provenance), sequence: first + index + 1 }
      return { type: 'operation.accepted' as const, envelope }
    })
    await store.commit(writes)
  }
  await store.close()
}

/** Signed as any other, if for accounts that the chain does not know. */
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
