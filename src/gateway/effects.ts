/** Fills the machines' effect slots with the real thing: one chain, one store, one key. */
import { setTimeout as sleep } from 'node:timers/promises'
import { fromPromise } from 'xstate'
import type { ChainClient } from '../actors/chainClient.ts'
import { readInclusion } from '../actors/inclusion.ts'
import { createOutcomeReader } from '../actors/outcomes.ts'
import { reviveOrphaned } from '../actors/revival.ts'
import { createBatchSimulation } from '../actors/simulateBatch.ts'
import type { Signer } from '../actors/signer.ts'
import type { Simulate } from '../actors/simulator.ts'
import { checkSigner, prepareStart } from '../actors/startup.ts'
import { broadcast, createSigner, readWallet } from '../actors/transactions.ts'
import { createBlockWatch } from '../actors/watchBlocks.ts'
import type { BatchId } from '../domain/batch.ts'
import type { GatewayConfig } from '../domain/config.ts'
import type { Now } from '../domain/primitives.ts'
import type { SignedBatch } from '../machines/batchContext.ts'
import { chainMonitorMachine } from '../machines/chainMonitor.ts'
import { gatewayMachine } from '../machines/gateway.ts'
import { opsBatcherMachine } from '../machines/opsBatcher.ts'
import { pendingBatchMachine } from '../machines/pendingBatch.ts'
import { requestTrackerMachine } from '../machines/requestTracker.ts'
import { walletMachine } from '../machines/wallet.ts'
import type { RequestStore } from '../store/port.ts'

export interface World {
  readonly config: GatewayConfig
  readonly client: ChainClient
  readonly simulate: Simulate
  readonly store: RequestStore
  readonly signer: Signer
  readonly chainId: number
  readonly now: Now
}

/** The root machine with every effect in place. */
export function provideEffects(world: World) {
  const { config, store, client, signer, chainId, now } = world
  return gatewayMachine.provide({
    actors: {
      prepare: fromPromise(() => prepareStart(client, store, chainId, config.chain)),
      recover: fromPromise(async () => {
        const settled = await reviveOrphaned(client, store, now)
        const recovered = await store.recover(now())
        await checkSigner(recovered.batches, signer.address)
        return { ...recovered, settled }
      }),
      chainMonitor: chainMonitorMachine.provide({
        actors: { watchBlocks: createBlockWatch(client, config.chain.pollInterval, now) },
      }),
      requestTracker: provideCommit(world),
      wallet: provideWallet(world),
      opsBatcher: opsBatcherMachine.provide({ actors: { pendingBatch: provideBatch(world) } }),
    },
  })
}

/**
 * Pause before a commit. The embedded store synchronises the disk in this thread, and nothing can arrive meanwhile: what
 * is to be committed together has to arrive before. It bounds commits to less than a hundred a second.
 */
const GATHER_MS = 10

function provideCommit({ store, now }: World) {
  return requestTrackerMachine.provide({
    actors: {
      commit: fromPromise(async ({ input }) => {
        await sleep(GATHER_MS)
        const start = now()
        await store.commit(input.writes)
        return { writes: input.writes.length, duration: now() - start, at: now() }
      }),
    },
  })
}

function provideWallet({ client, signer, chainId, config, now }: World) {
  const sign = createSigner(client, signer, chainId, config.transactions, now)
  return walletMachine.provide({
    actors: {
      readWallet: fromPromise(({ input }) => readWallet(client, input, now)),
      signTransaction: fromPromise(({ input }) => sign(input)),
    },
  })
}

function provideBatch({ client, simulate, store, signer, config, now }: World) {
  const registry = config.chain.registryAddress
  const simulateBatch = createBatchSimulation({ simulate, store, registry, now })
  const readOutcome = createOutcomeReader({ client, simulate, store, registry })
  return pendingBatchMachine.provide({
    actors: {
      loadBatch: fromPromise(({ input }) => loadBatch(store, input.batchId)),
      simulateBatch: fromPromise(({ input }) => simulateBatch(input)),
      broadcast: fromPromise(({ input }) => broadcast(client, input.attempt)),
      readInclusion: fromPromise(({ input }) => readInclusion(client, signer.address, input)),
      readOutcome: fromPromise(({ input }) => readOutcome(input)),
    },
  })
}

/** What the store knows of a batch that was signed. @throws Error when it does not know the batch */
async function loadBatch(store: RequestStore, batchId: BatchId): Promise<SignedBatch> {
  const [record, attempts] = await Promise.all([store.batch(batchId), store.attempts(batchId)])
  if (record === null) throw new Error(`the store does not know batch ${batchId}`)
  return { record, attempts }
}
