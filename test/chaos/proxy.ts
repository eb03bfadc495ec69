/**
 * The JSON-RPC endpoint of the gateway. At most one fault hits a call. Every broadcast is remembered, because the bytes
 * can come back later.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Hex } from '../../src/domain/primitives.ts'
import type { Branch } from './branch.ts'
import { CALL_FAULTS } from './callFaults.ts'
import { createSignal } from './clock.ts'
import type { CallFault } from './faults.ts'
import type { Node, Reply, RpcCall } from './rpc.ts'

/** The point of a call: before the arrival at the node, or before the return of the answer. */
export type CallPoint = 'begun' | 'done'

/** A fault for one call. */
export interface Strike {
  readonly fault: CallFault
  readonly strength: number
}

export interface ChaosProxyOptions {
  readonly node: Node
  /** @param ordinal number of earlier calls of the method */
  readonly weather: (method: string, ordinal: number) => Strike | null
  readonly branch: () => Branch | null
  readonly onStrike: (fault: CallFault, call: RpcCall) => void
}

export interface ChaosProxy {
  readonly url: string
  /** Every broadcast signed transaction of the gateway, oldest first. */
  readonly broadcasts: ReadonlySet<Hex>
  /** Calls back once, when the next call of the method reaches the point. */
  trap(method: string, point: CallPoint, spring: () => void): void
  clearTraps(): void
  /** Resolves with the next call. */
  nextCall(): Promise<void>
  close(): Promise<void>
}

export async function startChaosProxy(options: ChaosProxyOptions): Promise<ChaosProxy> {
  const { node, weather, branch, onStrike } = options
  const ordinals = new Map<string, number>()
  const broadcasts = new Set<Hex>()
  const traps = new Set<{ readonly method: string; readonly point: CallPoint; readonly spring: () => void }>()

  let called = createSignal()

  const reach = (method: string, point: CallPoint) => {
    for (const trap of traps) {
      if (trap.method !== method || trap.point !== point) continue
      traps.delete(trap)
      trap.spring()
    }
  }

  async function answer(call: RpcCall): Promise<Reply> {
    const ordinal = ordinals.get(call.method) ?? 0
    ordinals.set(call.method, ordinal + 1)
    if (call.method === 'eth_sendRawTransaction') broadcasts.add(call.params[0] as Hex)
    const strike = weather(call.method, ordinal)
    if (strike !== null) {
      const { fault, strength } = strike
      const reply = await CALL_FAULTS[fault].strike(call, node, { strength, branch: branch() })
      if (reply !== null) {
        onStrike(fault, call)
        return reply
      }
    }
    return node.pass(call)
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const call = toCall(JSON.parse(await textOf(request)))
    called.give()
    called = createSignal()
    reach(call.method, 'begun')
    const reply = await answer(call)
    reach(call.method, 'done')
    if (reply.type === 'answer') {
      response.writeHead(reply.status, { 'Content-Type': 'application/json' }).end(reply.body)
    } else if (reply.type === 'hangUp') {
      response.destroy()
    }
  }

  const server = createServer((request, response) => {
    serve(request, response).catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    broadcasts,
    trap(method, point, spring) {
      traps.add({ method, point, spring })
    },
    clearTraps: () => traps.clear(),
    nextCall: () => called.given,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** @throws TypeError for a JSON-RPC batch, because the gateway sends single calls */
function toCall(body: RpcCall): RpcCall {
  if (Array.isArray(body)) throw new TypeError('calls come one by one')
  return { id: body.id, method: body.method, params: body.params ?? [] }
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request.setEncoding('utf8')) text += chunk
  return text
}
