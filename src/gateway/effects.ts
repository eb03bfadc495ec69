/** Fills the effect slots of the machines with chain, store and key. */
import { answerCallers, type Callers } from '../actors/answerCallers.ts'
import { followedChain } from '../actors/blocks/followedChain.ts'
import { settledDepth } from '../actors/blocks/settledDepth.ts'
import { broadcast } from '../actors/broadcast.ts'
import { findStored } from '../actors/findStored.ts'
import { loadBatch } from '../actors/loadBatch.ts'
import { prepareStart } from '../actors/prepareStart.ts'
import { readAccount } from '../actors/readAccount.ts'
import { readInclusion } from '../actors/readInclusion.ts'
import { readOutcome } from '../actors/readOutcome.ts'
import { readPending } from '../actors/readPending.ts'
import { recover } from '../actors/recover.ts'
import type { RegistryVersion } from '../actors/registryVersion.ts'
import { renewSeat } from '../actors/renewSeat.ts'
import { signAttempt } from '../actors/signAttempt.ts'
import type { Signer } from '../actors/signing/signer.ts'
import { simulateBatch } from '../actors/simulateBatch.ts'
import { SimulationLimits } from '../actors/simulation/simulationLimits.ts'
import type { Simulate } from '../actors/simulation/simulationMethods.ts'
import { SimulationOrder } from '../actors/simulation/simulationOrder.ts'
import { takeSeat } from '../actors/takeSeat.ts'
import { watchArrivals } from '../actors/watchArrivals.ts'
import { watchBlocks } from '../actors/watchBlocks.ts'
import { type Commits, writeRecords } from '../actors/writeRecords.ts'
import type { GatewayConfig } from '../domain/config.ts'
import type { GatewayEvent } from '../domain/events.ts'
import type { Now } from '../domain/primitives.ts'
import { chainMonitorMachine } from '../machines/chainMonitor/chainMonitor.ts'
import { finalityTrackerMachine } from '../machines/finalityTracker/finalityTracker.ts'
import { intakeMachine } from '../machines/intake/intake.ts'
import { nonceTrackerMachine } from '../machines/nonceTracker/nonceTracker.ts'
import { opsBatcherMachine } from '../machines/opsBatcher/opsBatcher.ts'
import { pendingBatchMachine } from '../machines/pendingBatch/pendingBatch.ts'
import { requestTrackerMachine } from '../machines/requestTracker/requestTracker.ts'
import { gatewayMachine } from '../machines/root/root.ts'
import { seatMachine } from '../machines/seat/seat.ts'
import { walletMachine } from '../machines/wallet/wallet.ts'
import type { ChainClient } from '../rpc/chainClient.ts'
import type { Endpoints } from '../rpc/endpoints.ts'
import { refusalClassifier } from '../rpc/refusals.ts'
import type { RequestStore } from '../store/port.ts'
import type { SharedParts } from './openStore.ts'

export interface World {
  readonly config: GatewayConfig
  /** The registry, in the version of the deployed contract. */
  readonly version: RegistryVersion
  /** An effect pins one endpoint for all reads of a decision, because two endpoints may disagree. */
  readonly endpoints: Endpoints
  readonly simulatorAt: (client: ChainClient) => Simulate
  readonly store: RequestStore
  /** Null for a store that belongs to this process alone. */
  readonly shared: SharedParts | null
  /** The commits of the actors. */
  readonly commits: Commits
  readonly signer: Signer
  /** Publishes events of effects to observers. */
  readonly publish: (event: GatewayEvent) => void
  readonly now: Now
}

/**
 * The root machine with every effect in place.
 * @param callers receive the answers of the intake
 */
export function provideEffects(world: World, callers: Callers) {
  const { config, store, commits, endpoints, signer, version, now } = world
  return gatewayMachine.provide({
    actors: {
      prepareStart: prepareStart({ endpoints, store, config: config.chain, version }),
      intake: intakeMachine.provide({
        actors: { answerCallers: answerCallers(callers), findStored: findStored(commits, store) },
      }),
      seat: provideSeat(world),
      recover: recover({ endpoints, store, wallet: signer.address, commits, now }),
      chainMonitor: chainMonitorMachine.provide({
        actors: {
          watchBlocks: watchBlocks({ endpoints, config: { ...config.chain, ...config.transactions }, now }),
        },
      }),
      finalityTracker: finalityTrackerMachine.provide({
        actors: { readPending: readPending({ endpoints }) },
      }),
      nonceTracker: provideNonceTracker(world),
      requestTracker: requestTrackerMachine.provide({
        actors: { writeRecords: writeRecords(world.commits) },
      }),
      wallet: provideWallet(world),
      opsBatcher: opsBatcherMachine.provide({ actors: { pendingBatch: provideBatch(world) } }),
    },
  })
}

/** Without a shared store the effects of the seat are never used. */
function provideSeat({ shared }: World) {
  if (shared === null) return seatMachine
  const { seat } = shared
  return seatMachine.provide({ actors: { takeSeat: takeSeat(seat), renewSeat: renewSeat(seat) } })
}

function provideNonceTracker({ shared }: World) {
  if (shared === null) return nonceTrackerMachine
  return nonceTrackerMachine.provide({
    actors: { watchArrivals: watchArrivals(shared.admissions.arrivals) },
  })
}

function provideWallet({ endpoints, signer, config, now }: World) {
  return walletMachine.provide({
    actors: {
      readAccount: readAccount({ endpoints, now }),
      signAttempt: signAttempt({ endpoints, signer, config: config.transactions, now }),
    },
  })
}

function provideBatch({ endpoints, version, simulatorAt, store, signer, config, publish, now }: World) {
  const classify = refusalClassifier(config.chain.refusalPatterns)
  const reading = { endpoints, simulatorAt, store, version, followed: followedChain }
  return pendingBatchMachine.provide({
    actors: {
      loadBatch: loadBatch({ store }),
      simulateBatch: simulateBatch({
        ...reading,
        multicall: config.chain.multicallAddress,
        limits: new SimulationLimits(now),
        order: new SimulationOrder(),
        settledDepth: settledDepth(config.transactions),
        now,
      }),
      broadcast: broadcast({ endpoints, classify, publish, now }),
      readInclusion: readInclusion({ endpoints, wallet: signer.address }),
      readOutcome: readOutcome(reading),
    },
  })
}
