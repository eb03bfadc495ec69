/**
 * The JSON-RPC endpoint of the gateway. At most one fault hits a call. Every broadcast is remembered, because the bytes
 * can come back later.
 */
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Hex } from '../../src/domain/primitives.ts'
import type { Branch } from './branch.ts'
import { CALL_FAULTS } from './callFaults.ts'
import { createSignal } from './clock.ts'
import type { CallFault } from './faults.ts'
import type { Node, Reply, RpcAnswer, RpcCall } from './rpc.ts'

/** The point of a call: before the arrival at the node, or before the return of the answer. */
export type CallPoint = 'begun' | 'done'

/** A fault for one call. */
export interface Strike {
  readonly fault: CallFault
  readonly strength: number
}

/** The endpoint of a call, and the number of its earlier calls of the method. */
export interface Place {
  readonly endpoint: number
  readonly ordinal: number
}

export interface ChaosProxyOptions {
  readonly node: Node
  readonly weather: (method: string, place: Place) => Strike | null
  /** Number of endpoints. Default: one. */
  readonly endpoints?: number
  readonly branch: () => Branch | null
  readonly onStrike: (fault: CallFault, call: RpcCall) => void
}

export interface ChaosProxy {
  /** The URL of each endpoint. */
  readonly urls: readonly string[]
  /** What the endpoints said to each broadcast: the words of a refusal; null for an acceptance or a lost answer. */
  readonly verdicts: ReadonlyMap<Hex, readonly (string | null)[]>
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
  const { node, weather, branch, onStrike, endpoints = 1 } = options
  const ordinals = new Map<string, number>()
  const broadcasts = new Set<Hex>()
  const verdicts = new Map<Hex, (string | null)[]>()
  const traps = new Set<{ readonly method: string; readonly point: CallPoint; readonly spring: () => void }>()

  let called = createSignal()

  const reach = (method: string, point: CallPoint) => {
    for (const trap of traps) {
      if (trap.method !== method || trap.point !== point) continue
      traps.delete(trap)
      trap.spring()
    }
  }

  async function answer(call: RpcCall, endpoint: number): Promise<Reply> {
    const key = `${endpoint} ${call.method}`
    const ordinal = ordinals.get(key) ?? 0
    ordinals.set(key, ordinal + 1)
    const strike = weather(call.method, { endpoint, ordinal })
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

  /** A broadcast counts from its arrival: its answer may be late. */
  async function answerBroadcast(call: RpcCall, endpoint: number): Promise<Reply> {
    const raw = call.params[0] as Hex
    broadcasts.add(raw)
    const reply = await answer(call, endpoint)
    verdicts.set(raw, [...(verdicts.get(raw) ?? []), refusalIn(reply)])
    return reply
  }

  async function serve(endpoint: number, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const call = toCall(JSON.parse(await textOf(request)))
    called.give()
    called = createSignal()
    reach(call.method, 'begun')
    const isBroadcast = call.method === 'eth_sendRawTransaction'
    const reply = await (isBroadcast ? answerBroadcast : answer)(call, endpoint)
    reach(call.method, 'done')
    if (reply.type === 'answer') {
      response.writeHead(reply.status, { 'Content-Type': 'application/json' }).end(reply.body)
    } else if (reply.type === 'hangUp') {
      response.destroy()
    }
  }

  const servers = await Promise.all(
    Array.from({ length: endpoints }, (_, endpoint) =>
      listen((request, response) => {
        serve(endpoint, request, response).catch(() => response.destroy())
      }),
    ),
  )
  return {
    urls: servers.map((server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    broadcasts,
    verdicts,
    trap(method, point, spring) {
      traps.add({ method, point, spring })
    },
    clearTraps: () => traps.clear(),
    nextCall: () => called.given,
    async close() {
      for (const server of servers) server.closeAllConnections()
      await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
    },
  }
}

async function listen(onRequest: RequestListener): Promise<Server> {
  const server = createServer(onRequest)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}

/** A rate limit says nothing about the transaction. */
const LIMIT_EXCEEDED = -32_005

/** The words of a refusal; null for any other reply. */
function refusalIn(reply: Reply): string | null {
  if (reply.type !== 'answer' || !reply.body.startsWith('{')) return null
  const { error }: RpcAnswer = JSON.parse(reply.body)
  return error === undefined || error.code === LIMIT_EXCEEDED ? null : error.message
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
