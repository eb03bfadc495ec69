/**
 * A gateway process: production code, with a simulated network, disk and time. A kill is possible at any moment. A
 * killed process has no further effect.
 */
import type { AnyActorRef, InspectionEvent } from 'xstate'
import { localSigner } from '../../src/actors/signing/localSigner.ts'
import type { GatewayConfig } from '../../src/domain/config.ts'
import type { GatewayEvent } from '../../src/domain/events.ts'
import type { OpsBatcherHandle } from '../../src/domain/handle.ts'
import type { OperationId } from '../../src/domain/operation.ts'
import { startGateway } from '../../src/gateway/createGateway.ts'
import { EventHub } from '../../src/gateway/events.ts'
import type { ReadSnapshot } from '../../src/gateway/views.ts'
import { versionsOf } from '../../src/registry/versions.ts'
import type { WorldIdOperation } from '../../src/registry/worldId/operations.ts'
import { worldIdV1 } from '../../src/registry/worldId/worldId.ts'
import { openEndpoints } from '../../src/rpc/endpoints.ts'
import type { Caller, EffectPoint } from './caller.ts'
import type { Camera } from './camera.ts'
import type { Clock } from './clock.ts'
import { type DiskParts, diskOf } from './disk.ts'
import type { Network } from './network.ts'
import { WALLET_KEY } from './settings.ts'

export interface LifeParts extends DiskParts {
  readonly config: GatewayConfig
  readonly network: Network
  readonly clock: Clock
  /** Records the process; null without a recording. */
  readonly camera: Camera | null
  readonly onEvent: (event: GatewayEvent) => void
  readonly onReach: (point: EffectPoint) => void
  /** The process has ended on its own: after a stop, or by a crash. */
  readonly onEnd: (failure: unknown) => void
}

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

export class Life implements Caller {
  readonly #parts: LifeParts
  #gateway: OpsBatcherHandle | null = null
  #root: AnyActorRef | null = null
  /** Submissions without an answer. */
  readonly #open = new Set<() => void>()
  #isOver = false
  /** Operations were admitted. */
  #hasStarted = false

  constructor(parts: LifeParts) {
    this.#parts = parts
  }

  get isOver(): boolean {
    return this.#isOver
  }

  /** Whether the gateway listens for requests. */
  get isListening(): boolean {
    return !this.#isOver && this.#hasStarted
  }

  /** The state of an actor. */
  readonly read: ReadSnapshot = (actor) => this.#root?.system.get(actor)?.getSnapshot()

  /** The states of all actors of the system. */
  stateOf(systemId: string): unknown {
    const snapshot: unknown = this.#root?.system.get(systemId)?.getSnapshot()
    return typeof snapshot === 'object' && snapshot !== null && 'value' in snapshot ? snapshot.value : null
  }

  start(): void {
    const end = (failure: unknown) => this.#end(failure)
    this.#as(() => this.#start()).then((gateway) => gateway.ended.then(() => end(null), end), end)
  }

  /**
   * Submits an operation, as an HTTP request would.
   * @throws GatewayError when the operation is refused; `LostError` when the gateway crashes before the answer
   */
  async submit(operation: WorldIdOperation, id: OperationId): Promise<void> {
    const gateway = this.#gateway
    if (gateway === null || this.#isOver) throw new LostError()
    const answer = this.#as(() => gateway.trySubmit(operation, id))
    await new Promise<void>((resolve, reject) => {
      const lose = () => reject(new LostError())
      // The request may have crashed the gateway.
      if (this.#isOver) lose()
      this.#open.add(lose)
      answer.then(() => resolve(), reject).finally(() => this.#open.delete(lose))
    })
  }

  /** Stops the gateway, as SIGTERM would. */
  stop(): void {
    void this.#as(() => this.#gateway?.stop())
  }

  /** Kills the gateway: no later effect happens. */
  kill(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#parts.camera?.cut()
    this.#parts.clock.forget(this)
    for (const lose of [...this.#open]) lose()
  }

  reach(point: EffectPoint): void {
    if (!this.#isOver) this.#parts.onReach(point)
  }

  async #start(): Promise<OpsBatcherHandle> {
    const { config, network, clock, camera, onEvent } = this.#parts
    const recorder = camera?.roll() ?? null
    const now = () => clock.now
    const signer = localSigner(WALLET_KEY)
    const hub = new EventHub()
    hub.on((event) => {
      if (this.#isOver) return
      recorder?.noteEvent(event)
      onEvent(event)
    })
    const endpoints = openEndpoints({ ...config.chain, ...config.transactions }, hub.publish, now, (url) =>
      network.open(this, url),
    )
    const store = diskOf(this, this.#parts)
    const inspect = (inspection: InspectionEvent) => {
      this.#note(inspection)
      if (!this.#isOver) recorder?.observe(inspection)
    }
    this.#gateway = startGateway({
      config,
      registry: versionsOf(worldIdV1),
      signer,
      endpoints,
      store,
      shared: null,
      hub,
      logger: silent,
      now,
      inspect,
    })
    await this.#gateway.started
    this.#hasStarted = true
    return this.#gateway
  }

  /** The first actor is the root of all actors. */
  #note({ actorRef }: InspectionEvent): void {
    if (this.#root === null && 'system' in actorRef) this.#root = actorRef as AnyActorRef
  }

  #end(failure: unknown): void {
    if (this.#isOver) return
    this.kill()
    this.#parts.onEnd(failure)
  }

  #as<T>(act: () => T): T {
    return this.#parts.clock.as(this, act)
  }
}

/** The connection broke: the operation may be stored or not. */
export class LostError extends Error {}
