/** Fills the machines' effect slots with the real thing: one chain, one store, one key. */
import { fromPromise } from 'xstate'
import type { ChainClient } from '../actors/chainClient.ts'
import { readInclusion } from '../actors/inclusion.ts'
import { createOutcomeReader } from '../actors/outcomes.ts'
import { reviveOrphaned } from '../actors/revival.ts'
import type { Signer } from '../actors/signer.ts'
import { createBatchSimulation } from '../actors/simulateBatch.ts'
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
import type { Commits } from './commits.ts'

export interface World {
  readonly config: GatewayConfig
  readonly client: ChainClient
  readonly simulate: Simulate
  readonly store: RequestStore
  /** The one way in which the actors write to the store. */
  readonly commits: Commits
  readonly signer: Signer
  readonly chainId: number
  readonly now: Now
}

/**
 * The root machine with every effect in place.
 * @param settle answers whoever waits for admission when the actors are gone, and what is stored is certain
 */
export function provideEffects(world: World, settle: () => Promise<void>) {
  const { config, store, client, signer, chainId, now } = world
  return gatewayMachine.provide({
    actors: {
      prepare: fromPromise(() => prepareStart(client, store, chainId, config.chain)),
      settle: fromPromise(settle),
      recover: fromPromise(async () => {
        await settle()
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

function provideCommit({ commits }: World) {
  return requestTrackerMachine.provide({
    actors: { commit: fromPromise(({ input }) => commits.commit(input.writes)) },
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
  const { confirmations } = config.transactions
  const simulateBatch = createBatchSimulation({ client, simulate, store, registry, confirmations, now })
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
