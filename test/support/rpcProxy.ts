/**
 * A JSON-RPC endpoint in front of the chain. A test can hold a call before the node receives the call, or before the
 * answer is returned: races become repeatable. To imitate nodes that differ from anvil, a test can also answer instead
 * of the node, or change a call.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** The point where a call is held: before the node, or before the caller. */
type Point = 'request' | 'answer'

interface Hold {
  /** Resolves when a call is held. */
  readonly reached: Promise<void>
  /** Releases the held calls and all later calls. */
  release(): void
}

export interface RpcCall {
  readonly method: string
  readonly params: readonly unknown[]
}

/** A JSON-RPC error in place of the node's answer. */
interface Refusal {
  readonly code: number
  readonly message: string
  /** HTTP status; 200 when absent. */
  readonly status?: number
}

/** An answer of a server between the client and the node. */
interface HttpAnswer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** A JSON-RPC result in place of the node's answer. */
interface Result {
  readonly result: unknown
}

/** Returns the call to send to the node, changed or not, or the answer to return instead. */
type Rule = (call: RpcCall) => RpcCall | Refusal | Result | HttpAnswer

/** A rule for calls of one method. @param answer returns null to let the node answer */
export function forMethod(
  method: string,
  answer: (params: readonly unknown[]) => Refusal | Result | null,
): Rule {
  return (call) => (call.method === method ? (answer(call.params) ?? call) : call)
}

export interface RpcProxy {
  readonly url: string
  /** All received calls, refused calls included, oldest first. */
  readonly seen: readonly RpcCall[]
  /** Applies a rule from now on. @returns a function that removes the rule */
  impose(rule: Rule): () => void
  /** Holds calls of a method from now on. @param isHeld which of these calls; default: all */
  hold(method: string, point: Point, isHeld?: (call: RpcCall) => boolean): Hold
  close(): Promise<void>
}

interface Barrier extends Hold {
  readonly isHeld: (call: RpcCall, point: Point) => boolean
  readonly arrive: () => Promise<void>
}

/** @param at port to listen on; any free port by default */
export async function startRpcProxy(target: string, at = 0): Promise<RpcProxy> {
  const barriers = new Set<Barrier>()
  const rules = new Set<Rule>()
  const seen: RpcCall[] = []
  const pass = async (call: RpcCall, point: Point): Promise<void> => {
    for (const barrier of barriers) {
      if (barrier.isHeld(call, point)) await barrier.arrive()
    }
  }

  async function forward(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { id, jsonrpc, ...asked } = JSON.parse(await textOf(request))
    seen.push(asked)
    await pass(asked, 'request')
    let call: RpcCall = asked
    for (const rule of rules) {
      const ruled = rule(call)
      if ('code' in ruled) {
        const { status = 200, ...error } = ruled
        const refusal = JSON.stringify({ jsonrpc, id, error })
        response.writeHead(status, { 'Content-Type': 'application/json' }).end(refusal)
        return
      }
      if ('result' in ruled) {
        const text = JSON.stringify({ jsonrpc, id, ...ruled })
        response.writeHead(200, { 'Content-Type': 'application/json' }).end(text)
        return
      }
      if ('status' in ruled) {
        response.writeHead(ruled.status, ruled.headers).end(ruled.body)
        return
      }
      call = ruled
    }
    const answer = await fetch(target, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ jsonrpc, id, ...call }),
    })
    const text = await answer.text()
    await pass(asked, 'answer')
    response.writeHead(answer.status, { 'Content-Type': 'application/json' }).end(text)
  }

  const server = createServer((request, response) => {
    forward(request, response).catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(at, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    impose(rule) {
      rules.add(rule)
      return () => rules.delete(rule)
    },
    hold(method, point, isHeld = () => true) {
      const isOf = (call: RpcCall, at: Point) => call.method === method && at === point && isHeld(call)
      const barrier = createBarrier(isOf, () => barriers.delete(barrier))
      barriers.add(barrier)
      return barrier
    },
    async close() {
      for (const barrier of barriers) barrier.release()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** The methods of the received calls, oldest first. */
export function methodsOf({ seen }: RpcProxy): readonly string[] {
  return seen.map(({ method }) => method)
}

function createBarrier(isHeld: Barrier['isHeld'], onRelease: () => void): Barrier {
  const reached = createSignal()
  const released = createSignal()
  return {
    isHeld,
    reached: reached.given,
    arrive() {
      reached.give()
      return released.given
    },
    release() {
      onRelease()
      released.give()
    },
  }
}

function createSignal(): { readonly given: Promise<void>; give(): void } {
  let give = () => {}
  const given = new Promise<void>((resolve) => {
    give = resolve
  })
  return { given, give: () => give() }
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request.setEncoding('utf8')) text += chunk
  return text
}
