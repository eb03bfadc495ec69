/** Fills the machines' effect slots with the real thing: one chain, one store, one key. */
import { type ActorRefFrom, fromPromise } from 'xstate'
import type { FollowedChain } from '../actors/blocks/followedChain.ts'
import { checkSigner, prepareStart } from '../actors/prepareStart.ts'
import { readInclusion } from '../actors/readInclusion.ts'
import { createOutcomeReader } from '../actors/readOutcome.ts'
import { reviveOrphaned } from '../actors/recovery/reviveOrphaned.ts'
import type { Signer } from '../actors/signing/signer.ts'
import { createBatchSimulation } from '../actors/simulateBatch.ts'
import type { Simulate } from '../actors/simulation/simulationWays.ts'
import { broadcast, createSigner, readAccount } from '../actors/transactions.ts'
import { createBlockWatch } from '../actors/watchBlocks.ts'
import { type Commits, writeRecords } from '../actors/writeRecords.ts'
import type { BatchId } from '../domain/batch.ts'
import type { GatewayConfig } from '../domain/config.ts'
import type { Now } from '../domain/primitives.ts'
import { chainMonitorMachine } from '../machines/chainMonitor/chainMonitor.ts'
import { opsBatcherMachine } from '../machines/opsBatcher/opsBatcher.ts'
import type { SignedBatch } from '../machines/pendingBatch/context.ts'
import { pendingBatchMachine } from '../machines/pendingBatch/pendingBatch.ts'
import { ACTORS } from '../machines/protocol.ts'
import { requestTrackerMachine } from '../machines/requestTracker/requestTracker.ts'
import { gatewayMachine } from '../machines/root/root.ts'
import { walletMachine } from '../machines/wallet/wallet.ts'
import type { ChainClient } from '../rpc/chainClient.ts'
import type { Endpoints } from '../rpc/endpoints.ts'
import type { RequestStore } from '../store/port.ts'

export interface World {
  readonly config: GatewayConfig
  /** Every effect pins one endpoint for all of its reads: two of them may disagree. */
  readonly endpoints: Endpoints
  readonly simulatorAt: (client: ChainClient) => Simulate
  readonly store: RequestStore
  /** The one way in which the actors write to the store. */
  readonly commits: Commits
  readonly signer: Signer
  readonly now: Now
}

/**
 * The root machine with every effect in place.
 * @param settle answers whoever waits for admission when the actors are gone, and what is stored is certain
 */
export function provideEffects(world: World, settle: () => Promise<void>) {
  const { config, store, endpoints, signer, now } = world
  return gatewayMachine.provide({
    actors: {
      prepareStart: fromPromise(() => prepareStart(endpoints.pin(), store, endpoints.chainId, config.chain)),
      settle: fromPromise(settle),
      recover: fromPromise(async () => {
        await settle()
        const checked = await reviveOrphaned(endpoints.pin(), store, now)
        const recovered = await store.recover(now())
        await checkSigner(recovered.batches, signer.address)
        return { ...recovered, ...checked }
      }),
      chainMonitor: chainMonitorMachine.provide({
        actors: { watchBlocks: createBlockWatch(endpoints, config.chain, now) },
      }),
      requestTracker: requestTrackerMachine.provide({
        actors: { writeRecords: writeRecords(world.commits) },
      }),
      wallet: provideWallet(world),
      opsBatcher: opsBatcherMachine.provide({ actors: { pendingBatch: provideBatch(world) } }),
    },
  })
}

function provideWallet({ endpoints, signer, config, now }: World) {
  const signerAt = (client: ChainClient) =>
    createSigner(client, signer, endpoints.chainId, config.transactions, now)
  return walletMachine.provide({
    actors: {
      readAccount: fromPromise(({ input }) => readAccount(endpoints.pin(), input, now)),
      signAttempt: fromPromise(({ input }) => signerAt(endpoints.pin())(input)),
    },
  })
}

function provideBatch({ endpoints, simulatorAt, store, signer, config, now }: World) {
  const registry = config.chain.registryAddress
  const { confirmations } = config.transactions
  const partsOf = (system: System) => {
    const client = endpoints.pin()
    const followed = followedBy(() => system.get(ACTORS.chainMonitor))
    return { client, simulate: simulatorAt(client), store, registry, confirmations, followed, now }
  }
  return pendingBatchMachine.provide({
    actors: {
      loadBatch: fromPromise(({ input }) => loadBatch(store, input.batchId)),
      simulateBatch: fromPromise(({ input, system }) => createBatchSimulation(partsOf(system))(input)),
      broadcast: fromPromise(({ input }) => broadcast(endpoints.pin(), input.attempt)),
      readInclusion: fromPromise(({ input }) => readInclusion(endpoints.pin(), signer.address, input)),
      readOutcome: fromPromise(({ input, system }) => createOutcomeReader(partsOf(system))(input)),
    },
  })
}

/** Where an effect finds the actors. */
interface System {
  readonly get: (name: string) => ActorRefFrom<typeof chainMonitorMachine> | undefined
}

/** The chain as the chain monitor knows it at the moment. */
function followedBy(monitor: () => ActorRefFrom<typeof chainMonitorMachine> | undefined): FollowedChain {
  const context = () => monitor()?.getSnapshot().context
  return {
    get head() {
      return context()?.head?.number ?? null
    },
    hashOf: (blockNumber) =>
      context()?.window.find((block) => block.blockNumber === blockNumber)?.hash ?? null,
  }
}

/** What the store knows of a batch that was signed. @throws Error when it does not know the batch */
async function loadBatch(store: RequestStore, batchId: BatchId): Promise<SignedBatch> {
  const [record, attempts] = await Promise.all([store.batch(batchId), store.attempts(batchId)])
  if (record === null) throw new Error(`the store does not know batch ${batchId}`)
  return { record, attempts }
}
