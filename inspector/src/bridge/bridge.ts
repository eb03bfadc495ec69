/**
 * The bridge to tools that speak the protocol of `@xstate/inspect`, which is made for xstate 4: it watches a gateway like a
 * page does, and serves what it sees to them. It runs in a process of its own, with an xstate of its own, and can only
 * watch: a tool that sends events to actors sends them to nobody.
 *
 * Machines are bridged, effects (promises and callbacks) are not.
 */
import { inspect } from '@xstate/inspect/lib/server.js'
import type { ActorMessage, Message } from '../wire.ts'
import { listen } from './server.ts'
import { Service } from './service.ts'
import { follow } from './source.ts'

export interface BridgeOptions {
  /** Where the gateway is reached, such as `http://127.0.0.1:8081`. */
  readonly gateway: string
  /** The operator token; null where none is asked for. */
  readonly token: string | null
  /** Where tools connect, on this machine's loopback; 0 takes any free port. */
  readonly port: number
  /** Origins of pages from elsewhere that may connect. */
  readonly origins: readonly string[]
  /** Told when the gateway is lost; it is tried again. */
  readonly onLost: (reason: string) => void
}

export interface Bridge {
  readonly port: number
  close(): Promise<void>
}

/** @throws Error of the operating system when the port cannot be had */
export async function startBridge({ gateway, token, port, origins, onLost }: BridgeOptions): Promise<Bridge> {
  const server = await listen(port, origins)
  inspect({ server: server.facade })
  const services = new Services()
  const leaving = new AbortController()
  const following = follow(
    { gateway, token, signal: leaving.signal },
    {
      welcome: ({ actors }) => services.replace(actors),
      message: (message) => services.apply(message),
      lost: onLost,
    },
  )
  return {
    port: server.port,
    async close() {
      leaving.abort()
      await following
      services.replace([])
      await server.close()
    },
  }
}

declare global {
  /** Where the package looks for services: it makes this itself. */
  var __xstate__: { register(service: Service): void }
}

/** The services that stand for living machines, by the session of the actor. */
class Services {
  readonly #services = new Map<string, Service>()

  replace(actors: readonly ActorMessage[]): void {
    for (const sessionId of this.#services.keys()) this.#end(sessionId)
    for (const actor of actors) this.#begin(actor)
  }

  apply(message: Message): void {
    switch (message.type) {
      case '@xstate.actor':
        this.#begin(message)
        return
      case '@xstate.event':
        this.#services.get(message.sessionId)?.receive(message.event)
        return
      case '@xstate.snapshot':
        this.#services.get(message.sessionId)?.step(message)
        if (message.snapshot.status !== 'active') this.#end(message.sessionId)
    }
  }

  #begin(actor: ActorMessage): void {
    if (actor.machine === null) return
    const service = new Service(actor)
    this.#services.set(actor.sessionId, service)
    globalThis.__xstate__.register(service)
  }

  #end(sessionId: string): void {
    this.#services.get(sessionId)?.stop()
    this.#services.delete(sessionId)
  }
}
