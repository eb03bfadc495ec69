/**
 * One life of the gateway: the production actors, effects, intake and pre-flight, on the world's wire, disk and time. It can
 * be killed at any moment, and then nothing of it is heard of again.
 */
import { createPublicClient, custom, defineChain } from 'viem'
import { type Actor, createActor } from 'xstate'
import type { ChainClient } from '../../src/actors/chainClient.ts'
import { createPreflight } from '../../src/actors/preflight.ts'
import { localSigner } from '../../src/actors/signer.ts'
import { createSimulator } from '../../src/actors/simulator.ts'
import type { RegistryDomain } from '../../src/contracts/eip712.ts'
import type { GatewayConfig } from '../../src/domain/config.ts'
import type { GatewayEvent } from '../../src/domain/events.ts'
import type { Operation, OperationId } from '../../src/domain/operation.ts'
import type { DurationMs } from '../../src/domain/primitives.ts'
import { Commits } from '../../src/gateway/commits.ts'
import { provideEffects } from '../../src/gateway/effects.ts'
import { EventHub } from '../../src/gateway/events.ts'
import { closed, Intake } from '../../src/gateway/intake.ts'
import type { ReadSnapshot } from '../../src/gateway/views.ts'
import type { gatewayMachine } from '../../src/machines/gateway.ts'
import { predecessors } from '../../src/machines/lanes.ts'
import { ACTORS } from '../../src/machines/protocol.ts'
import { gasEstimates } from '../../src/operations/table.ts'
import type { Clock } from './clock.ts'
import { type DiskParts, diskOf } from './disk.ts'
import type { Caller, Network } from './network.ts'
import { CHAIN_ID } from './settings.ts'

/** A moment at which a gateway may die: an effect is about to happen, has happened, or is known to have happened. */
export interface EffectPoint {
  readonly when: 'before' | 'after' | 'answered'
  /** A method of the node, or `commit`. */
  readonly effect: string
}

export interface LifeParts extends DiskParts {
  readonly config: GatewayConfig
  readonly domain: RegistryDomain
  readonly network: Network
  readonly clock: Clock
  readonly newId: () => string
  readonly onEvent: (event: GatewayEvent) => void
  readonly onReach: (point: EffectPoint) => void
  /** It has ended by itself: as it was told to, or because it died of something. */
  readonly onEnd: (failure: unknown) => void
}

export class Life implements Caller {
  readonly read: ReadSnapshot
  readonly #parts: LifeParts
  readonly #root: Actor<typeof gatewayMachine>
  readonly #intake: Intake
  /** Submissions that have no answer yet. */
  readonly #open = new Set<() => void>()
  #isOver = false

  constructor(parts: LifeParts) {
    this.#parts = parts
    const { config, clock, domain, newId } = parts
    const now = () => clock.now
    const hub = new EventHub()
    hub.on((event) => {
      if (!this.#isOver) parts.onEvent(event)
    })
    const store = diskOf(this, parts)
    const { chain, transactions } = config
    const simulate = createSimulator(this.#client(transactions.simulationTimeout), chain.multicallAddress)
    const signer = localSigner(config.walletPrivateKey)
    const commits = new Commits(store, now)
    const world = {
      config,
      client: this.#client(chain.rpcTimeout),
      simulate,
      store,
      commits,
      signer,
      chainId: CHAIN_ID,
      now,
    }
    this.read = (actor) => this.#root.system.get(ACTORS[actor])?.getSnapshot()
    this.#intake = new Intake({
      capacity: config.intakeCapacity,
      domain,
      preflight: createPreflight({
        simulate,
        store,
        registry: chain.registryAddress,
        predecessors: (leaf, nonce) => {
          const lanes = this.read('nonceTracker')?.context.lanes
          if (lanes === undefined) throw closed()
          return predecessors(lanes, leaf, nonce).map(({ id }) => id)
        },
      }),
      ask: (event) => this.#root.system.get(ACTORS.nonceTracker).send(event),
      isOpen: () => this.isRunning,
      publish: hub.publish,
      now,
    })
    const settle = async () => {
      await commits.ended()
      const stored = await store.envelopes(this.#intake.waiting)
      this.#intake.settle(new Set(stored.map(({ id }) => id)))
    }
    const redact = (text: string) => text
    this.#root = createActor(provideEffects(world, settle), {
      input: { config, walletAddress: signer.address, gas: gasEstimates, newId, now, redact },
      inspect: hub.follow((answer) => this.#intake.admitted(answer)),
    })
  }

  get isOver(): boolean {
    return this.#isOver
  }

  get isRunning(): boolean {
    return !this.#isOver && this.#root.getSnapshot().matches({ Active: { Service: 'Running' } })
  }

  start(): void {
    this.#as(() => {
      this.#root.subscribe({
        next: (snapshot) => {
          if (snapshot.status !== 'active') this.#end(snapshot.context.failure)
        },
        error: (error) => this.#end(error),
      })
      this.#root.start()
    })
  }

  /**
   * Submits an operation, as a request would.
   * @throws GatewayError when it is refused; `LostError` when the gateway dies before it answers
   */
  async submit(operation: Operation, id: OperationId): Promise<void> {
    if (!this.isRunning) throw new LostError()
    const answer = this.#as(() => this.#intake.trySubmit(operation, id))
    await new Promise<void>((resolve, reject) => {
      const lose = () => reject(new LostError())
      this.#open.add(lose)
      answer.then(() => resolve(), reject).finally(() => this.#open.delete(lose))
    })
  }

  /** Tells it to stop, as SIGTERM would. */
  stop(): void {
    this.#as(() => this.#root.send({ type: 'drain' }))
  }

  /** Kills it: nothing that it has not done will be done. */
  kill(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#parts.clock.forget(this)
    for (const lose of [...this.#open]) lose()
  }

  reach(point: EffectPoint): void {
    if (!this.#isOver) this.#parts.onReach(point)
  }

  #end(failure: unknown): void {
    if (this.#isOver) return
    this.kill()
    this.#parts.onEnd(failure)
  }

  #as<T>(act: () => T): T {
    return this.#parts.clock.as(this, act)
  }

  #client(timeout: DurationMs): ChainClient {
    const request = (call: { method: string; params?: unknown }) =>
      this.#parts.network.ask(this, call, timeout)
    return createPublicClient({
      chain: defineChain({
        id: CHAIN_ID,
        name: 'world',
        nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
        rpcUrls: { default: { http: [] } },
      }),
      transport: custom({ request }, { retryCount: 0 }),
      cacheTime: 0,
    })
  }
}

/** The connection broke: whether the operation was stored is not known. */
export class LostError extends Error {}
