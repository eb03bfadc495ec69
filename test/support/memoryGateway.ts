/**
 * The real actors, store, intake and metrics on a `MemoryChain`, for tests with a hundred thousand operations or dozens of
 * crashes.
 */
import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { createPublicClient, http } from 'viem'
import { createActor, fromCallback, fromPromise, waitFor } from 'xstate'
import { answerCallers, Callers } from '../../src/actors/answerCallers.ts'
import { findStored } from '../../src/actors/findStored.ts'
import { createPreflight } from '../../src/actors/preflight/preflight.ts'
import { Commits, writeRecords } from '../../src/actors/writeRecords.ts'
import type { BlockRef } from '../../src/domain/chain.ts'
import type { GatewayConfig } from '../../src/domain/config.ts'
import type { GatewayEvent } from '../../src/domain/events.ts'
import type { OperationId } from '../../src/domain/operation.ts'
import type { Address, DurationMs, Now } from '../../src/domain/primitives.ts'
import type { StartingPoint } from '../../src/domain/recovery.ts'
import { intakeEntrance } from '../../src/gateway/entrances.ts'
import { EventHub } from '../../src/gateway/events.ts'
import { Submissions } from '../../src/gateway/submissions.ts'
import { chainMonitorMachine } from '../../src/machines/chainMonitor/chainMonitor.ts'
import type { WatchEvent, WatchInput } from '../../src/machines/chainMonitor/context.ts'
import { intakeMachine } from '../../src/machines/intake/intake.ts'
import { opsBatcherMachine } from '../../src/machines/opsBatcher/opsBatcher.ts'
import { noSettledWork } from '../../src/machines/opsBatcher/settledWork.ts'
import { pendingBatchMachine } from '../../src/machines/pendingBatch/pendingBatch.ts'
import { ROOT } from '../../src/machines/protocol.ts'
import { requestTrackerMachine } from '../../src/machines/requestTracker/requestTracker.ts'
import { gatewayMachine } from '../../src/machines/root/root.ts'
import { walletMachine } from '../../src/machines/wallet/wallet.ts'
import { createMetrics } from '../../src/metrics/metrics.ts'
import { registryDomain } from '../../src/registry/worldId/typedData.ts'
import { worldIdV1 } from '../../src/registry/worldId/worldId.ts'
import type { RequestStore } from '../../src/store/port.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqliteStore.ts'
import type { MemoryChain } from './memoryChain.ts'
import { versionAt } from './registry.ts'

const WALLET: Address = `0x${'a'.repeat(40)}`
const REGISTRY: Address = `0x${'1'.repeat(40)}`
/** Receives no request: `provideChain` replaces all effects with chain access. */
const ENDPOINT = createPublicClient({ transport: http('http://127.0.0.1:1') })
export const DOMAIN = registryDomain(31_337, REGISTRY)

export interface MemoryGatewayOptions {
  readonly chain: MemoryChain
  readonly config: GatewayConfig
  readonly now: Now
  /** Factor between the speed of the actors' timers and real time. */
  readonly haste: number
  /** Response time of the chain. */
  readonly latency: DurationMs
}

export interface MemoryGateway {
  readonly root: ReturnType<typeof createRoot>
  readonly submissions: Submissions
  on(listener: (event: GatewayEvent) => void): () => void
  status(id: OperationId): Promise<string | undefined>
  close(): Promise<void>
}

/** Starts the gateway and waits until operations are accepted. */
export async function startMemoryGateway(options: MemoryGatewayOptions): Promise<MemoryGateway> {
  const { chain, config, now } = options
  const hub = new EventHub()
  createMetrics({ now }).observeEvents((listener) => hub.on(listener))
  const store = openSqliteStore(config.databasePath)
  const commits = new Commits(store, now)
  const callers = new Callers()
  const intake = intakeEntrance({
    callers,
    send: (event) => root.system.get('intake').send(event),
    limitRefusal: () => null,
  })
  const submissions = new Submissions({
    capacity: config.intakeCapacity,
    registry: () => worldIdV1,
    domain: DOMAIN,
    preflight: createPreflight({
      pin: () => ENDPOINT,
      longest: 8_000,
      futureNonces: 'queue',
      simulatorAt: () => async (calls) => calls.map((call) => chain.call(call)),
      store,
      version: versionAt(REGISTRY),
      domain: () => DOMAIN,
      predecessors: () => [],
    }),
    entrance: () => (root.getSnapshot().matches({ Active: { Service: 'Running' } }) ? intake : null),
    publish: hub.publish,
    now,
  })
  const machine = gatewayMachine.provide({
    actors: {
      prepareStart: fromPromise(async () => {}),
      recover: fromPromise(async (): Promise<StartingPoint> => {
        await commits.ended()
        const { newestAttempts: _, ...recovered } = await store.recover(now())
        return { ...recovered, settled: noSettledWork, orphaned: [], head: null, nextNonce: null }
      }),
      ...provideChain(options, store),
      intake: intakeMachine.provide({
        actors: { answerCallers: answerCallers(callers), findStored: findStored(commits, store) },
      }),
      requestTracker: requestTrackerMachine.provide({ actors: { writeRecords: writeRecords(commits) } }),
    },
  })
  const root = createRoot(machine, options, hub.follow())
  root.start()
  await waitFor(root, (snapshot) => snapshot.matches('Active'))
  return {
    root,
    submissions,
    on: (listener) => hub.on(listener),
    status: async (id) => (await store.status(id))?.state.state,
    async close() {
      root.stop()
      await commits.ended()
      await store.close()
    },
  }
}

function provideChain({ chain, latency }: MemoryGatewayOptions, store: RequestStore) {
  /** The answer of the chain after the response time. */
  async function answered<T>(ask: () => T): Promise<T> {
    if (latency > 0) await delay(latency)
    return ask()
  }
  const pendingBatch = pendingBatchMachine.provide({
    actors: {
      simulateBatch: fromPromise(async ({ input }) => {
        await store.envelopes(input.operations.map(({ id }) => id))
        return answered(() => chain.simulate(input))
      }),
      broadcast: fromPromise(({ input }) => answered(() => chain.broadcast(input.attempt))),
      readInclusion: fromPromise(({ input }) => answered(() => chain.readInclusion(input.hashes))),
      readOutcome: fromPromise(({ input }) => answered(() => chain.readOutcome(input))),
    },
  })
  return {
    chainMonitor: chainMonitorMachine.provide({
      actors: {
        watchBlocks: fromCallback<WatchEvent, WatchInput>(({ sendBack }) =>
          chain.watch((head) => {
            sendBack({ type: 'block.seen', head })
            // The chain has no reorgs: every block is final.
            const final: BlockRef = { blockNumber: head.number, blockHash: head.hash }
            sendBack({ type: 'tags.seen', safe: final, finalized: final })
          }),
        ),
      },
    }),
    wallet: walletMachine.provide({
      actors: {
        readAccount: fromPromise(() => answered(() => chain.readAccount())),
        signAttempt: fromPromise(({ input }) => answered(() => chain.sign(input))),
      },
    }),
    opsBatcher: opsBatcherMachine.provide({ actors: { pendingBatch } }),
  }
}

function createRoot(
  machine: typeof gatewayMachine,
  { config, now, haste }: MemoryGatewayOptions,
  inspect: ReturnType<EventHub['follow']>,
) {
  return createActor(machine, {
    systemId: ROOT,
    input: {
      config,
      walletAddress: WALLET,
      gas: worldIdV1.costs,
      newId: randomUUID,
      now,
      redact: (text) => text,
    },
    inspect,
    clock: {
      setTimeout: (run, ms) => setTimeout(run, ms / haste),
      clearTimeout: (timer) => clearTimeout(timer),
    },
  })
}
