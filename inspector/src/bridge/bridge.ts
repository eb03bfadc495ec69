/**
 * The bridge to tools with the protocol of `@xstate/inspect`, which is made for XState 4. The bridge reads the stream of a
 * gateway, as the page does, and forwards it to the tools. The bridge runs in a separate process with a separate copy of XState.
 * The bridge is read-only: an event from a tool to an actor is discarded.
 *
 * The bridge forwards machines, but not effects (promises and callbacks).
 */
import { inspect } from '@xstate/inspect/lib/server.js'
import type { ActorMessage, Message } from '../wire.ts'
import { listen } from './server.ts'
import { Service } from './service.ts'
import { follow } from './source.ts'

export interface BridgeOptions {
  /** URL of the gateway, such as `http://127.0.0.1:8081`. */
  readonly gateway: string
  /** The operator token. Null for a gateway without a token. */
  readonly token: string | null
  /** Port for the tools on the loopback address. Port 0 means any free port. */
  readonly port: number
  /** Origins of remote pages that may connect. */
  readonly origins: readonly string[]
  /** Called when the connection to the gateway is lost. The bridge reconnects. */
  readonly onLost: (reason: string) => void
}

export interface Bridge {
  readonly port: number
  close(): Promise<void>
}

/** @throws Error of the operating system if the port is not available */
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
  /** The registry of services. The package creates it. */
  var __xstate__: { register(service: Service): void }
}

/** One service per active machine, by the session of the actor. */
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
