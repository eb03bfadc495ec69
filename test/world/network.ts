/**
 * The network between the gateway and the nodes. Calls take time and can fail in both directions, with the errors of a
 * real transport.
 */
import { HttpRequestError, RpcRequestError, TimeoutError } from 'viem'
import type { DurationMs } from '../../src/domain/primitives.ts'
import type { RpcCall, RpcLink } from '../../src/rpc/rpcLink.ts'
import { type Caller, never } from './caller.ts'
import type { Block, Transaction } from './chain/block.ts'
import type { Chain } from './chain/chain.ts'
import type { Node, Sight } from './chain/node.ts'
import { readRawTransaction } from './chain/rawTransaction.ts'
import { NodeError } from './chain/rpcError.ts'
import type { Clock } from './clock.ts'
import { diceOf } from './dice.ts'
import type { RefusalFault } from './faults.ts'
import type { Plan } from './plan.ts'
import type { Trace } from './trace.ts'
import { bendAnswer, type Strike } from './weather/answers.ts'
import { type Offer, REFUSALS } from './weather/refusals.ts'
import type { Spell } from './weather/spells.ts'
import type { Weather } from './weather/weather.ts'

export interface NetworkParts {
  readonly plan: Pick<Plan, 'seed' | 'settings'>
  readonly clock: Clock
  readonly chain: Chain
  readonly node: Node
  readonly weather: Weather
  readonly trace: Trace
  /** Whether nodes push new blocks. */
  readonly pushes: boolean
  /** A call to send a transaction has met its fate. */
  readonly onSent: (transaction: Transaction, fate: SendingFate) => void
}

/**
 * What the gateway may know of a sent transaction: a node took it, a node refused it with a reason, or nobody can tell,
 * because the call or the answer was lost.
 */
export type SendingFate =
  | { readonly type: 'taken' | 'lost' }
  | { readonly type: 'refused'; readonly why: string }

/** The gateway process and the node of a call. */
interface End {
  readonly caller: Caller
  readonly name: string
  readonly node: number
}

/** Number of remembered heads. */
const MOST_HEADS = 256

/** Latency of a call in each direction without a fault. */
const LATENCY: readonly [DurationMs, DurationMs] = [2, 25]

const SENDING = 'eth_sendRawTransaction'

export class Network {
  readonly #parts: NetworkParts
  /** Former heads of the chain, oldest first: a node that is behind sees a former head. */
  readonly #heads: { readonly since: number; readonly head: Block }[] = []
  readonly #listeners = new Set<() => void>()
  #calls = 0

  constructor(parts: NetworkParts) {
    this.#parts = parts
    this.noteHead()
  }

  /** The connection to a node. */
  open(caller: Caller, url: string): RpcLink {
    const name = new URL(url).host
    const node = Number(/\d+/.exec(name)?.[0] ?? 0)
    return {
      request: (call, timeout) => this.#ask({ caller, name, node }, call, timeout),
      subscribe: this.#parts.pushes
        ? async (onHead) => this.#subscribe({ caller, name, node }, onHead)
        : null,
      close: () => {},
    }
  }

  /** The chain has a new head. */
  noteHead(): void {
    const { clock, chain } = this.#parts
    this.#heads.push({ since: clock.now, head: chain.head })
    if (this.#heads.length > MOST_HEADS) this.#heads.shift()
    for (const tell of this.#listeners) tell()
  }

  #subscribe({ caller, node }: End, onHead: () => void): () => void {
    const { clock } = this.#parts
    const tell = () => {
      if (caller.isOver) this.#listeners.delete(tell)
      else if (this.#isConnected(node)) clock.after(LATENCY[1], onHead, caller)
    }
    this.#listeners.add(tell)
    return () => this.#listeners.delete(tell)
  }

  #isConnected(node: number): boolean {
    const { weather } = this.#parts
    return weather.strike('drop', node) === null && weather.strike('hangingEndpoint', node) === null
  }

  #ask(end: End, call: RpcCall, timeout: DurationMs): Promise<unknown> {
    const { caller } = end
    caller.reach({ when: 'before', effect: call.method })
    if (caller.isOver) return never()
    return new Promise((resolve, reject) => {
      this.#send(end, call, timeout, {
        resolve: (value) => {
          resolve(value)
          caller.reach({ when: 'answered', effect: call.method })
        },
        reject,
      })
    })
  }

  #send(end: End, call: RpcCall, timeout: DurationMs, { resolve, reject }: Outcome): void {
    const { clock, plan, weather, trace } = this.#parts
    const { caller, name, node } = end
    this.#calls += 1
    const dice = diceOf(plan.seed, 'latency', this.#calls)
    const delay = (weather.strike('delay', node)?.strength ?? 0) + this.#slowness(node)
    const out = dice.between(...LATENCY) + (dice.hits(0.5) ? delay : 0)
    const back = dice.between(...LATENCY) + Math.max(0, delay - out)
    const start = clock.now
    /** Passes the result to the gateway, or the timeout when no result came in time. */
    const learn = (after: DurationMs, act: () => void) => {
      if (after < timeout) clock.after(after - (clock.now - start), act, caller)
      else clock.after(timeout - (clock.now - start), () => reject(timedOut(name, call)), caller)
    }
    const broken = this.#breaks(end, call)
    if (broken !== null) {
      trace.fault(`${call.method} ${broken === 'silence' ? 'is not answered' : broken.details}`)
      if (call.method === SENDING) this.#note(call, { type: 'lost' })
      learn(broken === 'silence' ? timeout : out, () => {
        if (broken !== 'silence') reject(broken)
      })
      return
    }
    clock.after(out, () => {
      const answer = this.#answer(end, call)
      caller.reach({ when: 'after', effect: call.method })
      if (caller.isOver) return
      if (weather.strike('silence', node) !== null) {
        trace.fault(`${call.method} is never answered`)
        if (call.method === SENDING) this.#note(call, { type: 'lost' })
        learn(timeout, () => {})
      } else if (weather.strike('loseAnswer', node) !== null) {
        trace.fault(`the answer to ${call.method} is lost`)
        if (call.method === SENDING) this.#note(call, { type: 'lost' })
        learn(out + back, () => reject(failed(name, call, 'socket hang up')))
      } else if ('error' in answer) {
        learn(out + back, () => reject(toRpcError(name, call, answer.error)))
      } else {
        learn(out + back, () => resolve(answer.result))
      }
    })
  }

  /** The fault between a call and the node; null when the call arrives. */
  #breaks({ name, node }: End, call: RpcCall): HttpRequestError | RpcRequestError | 'silence' | null {
    const { weather } = this.#parts
    if (weather.strike('hangingEndpoint', node) !== null) return 'silence'
    if (weather.strike('drop', node) !== null) return failed(name, call, 'connect ECONNREFUSED')
    if (weather.strike('tooManyRequests', node) !== null) return failed(name, call, 'Too Many Requests', 429)
    if (weather.strike('unavailable', node) !== null) return failed(name, call, 'Service Unavailable', 503)
    if (weather.strike('limitExceeded', node) !== null) {
      return toRpcError(name, call, new NodeError(-32_005, 'limit exceeded'))
    }
    return this.#refusalOfWeight({ name, node }, call)
  }

  /** Milliseconds that a slow endpoint takes for every answer. */
  #slowness(node: number): DurationMs {
    const { weather, plan } = this.#parts
    return ((weather.strike('slowEndpoint', node)?.strength ?? 0) / 100) * plan.settings.blockTime
  }

  /** What nodes and load balancers say to a call that is too heavy; null for a small call. The spell decides which. */
  #refusalOfWeight(
    { name, node }: Pick<End, 'name' | 'node'>,
    call: RpcCall,
  ): HttpRequestError | RpcRequestError | 'silence' | null {
    if (call.method !== 'eth_call') return null
    const [{ data }] = call.params as readonly [{ readonly data: string }]
    const spell = this.#parts.weather.strike('heavyCalls', node)
    if (spell === null || (data.length - 2) / 2 <= spell.strength) return null
    if (spell.id % 3 === 0) return 'silence'
    return spell.id % 3 === 1
      ? toRpcError(name, call, new NodeError(-32_005, 'request payload size exceeds limit'))
      : failed(name, call, 'Gateway Timeout', 504)
  }

  #answer({ node }: End, call: RpcCall): Answer {
    const { weather } = this.#parts
    const answer = this.#answerOnce(node, call)
    return weather.strike('duplicate', node) === null ? answer : this.#answerOnce(node, call)
  }

  #answerOnce(node: number, { method, params }: RpcCall): Answer {
    const { weather, trace } = this.#parts
    const list: readonly unknown[] = Array.isArray(params) ? params : []
    if (method === 'eth_getTransactionReceipt' && weather.strike('nullReceipt', node) !== null) {
      trace.fault('a receipt is not found')
      return { result: null }
    }
    try {
      if (method === SENDING) return { result: this.#take(node, hex(list[0])) }
      const answer = this.#parts.node.answer(
        method,
        this.#askedOf(node, method, list),
        this.#sight(node, method),
      )
      const strike: Strike = (fault, subject) => weather.strikeSubject(fault, node, subject)
      const head = Number(this.#parts.node.answer('eth_blockNumber', [], this.#sight(node, method)))
      return { result: bendAnswer({ method, params: list }, answer, strike, head) }
    } catch (error) {
      if (!(error instanceof NodeError)) throw error
      if (method === SENDING) {
        const transaction = readRawTransaction(hex(list[0]))
        trace.add(`pool: refused ${transaction.hash}: ${error.message}`)
        this.#parts.onSent(transaction, { type: 'refused', why: error.message })
      }
      return { error }
    }
  }

  /** A node receives a transaction. @throws NodeError when the node refuses the transaction */
  #take(node: number, raw: `0x${string}`): unknown {
    const { weather, chain, trace, onSent } = this.#parts
    const transaction = readRawTransaction(raw)
    const refusal = this.#refusal(node, raw)
    const isSwallowed = refusal === null && weather.strike('swallow', node) !== null
    if (isSwallowed) trace.fault(`the node swallows ${transaction.hash}`)
    const result = isSwallowed
      ? transaction.hash
      : this.#parts.node.answer(SENDING, [raw], { head: chain.head, refusal })
    onSent(transaction, { type: 'taken' })
    if (!isSwallowed) this.#afterSending(node, transaction)
    return result
  }

  /** The reason of a pool besides the rules of the chain; null for none. */
  #refusal(node: number, raw: `0x${string}`): string | null {
    const { weather, chain } = this.#parts
    const transaction = readRawTransaction(raw)
    const { from } = transaction
    const offer: Offer = {
      transaction,
      size: (raw.length - 2) / 2,
      waiting: chain.pool.waiting(from).map(({ nonce }) => nonce),
      balance: chain.account(from).balance,
    }
    for (const [fault, objection] of Object.entries(REFUSALS)) {
      const spell = weather.strike(fault as RefusalFault, node)
      const words = spell === null ? null : objection(offer, spell.strength)
      if (words !== null) return words
    }
    return null
  }

  #note({ params }: RpcCall, fate: SendingFate): void {
    const [raw] = params as readonly [string]
    this.#parts.onSent(readRawTransaction(hex(raw)), fate)
  }

  #sight(node: number, method: string): Sight {
    const { weather, chain, trace } = this.#parts
    const stale = weather.strike('staleHead', node)
    const head = stale === null ? chain.head : this.#headBefore(stale)
    if (head !== chain.head) trace.fault(`${method} is answered by a node at ${head.number}`)
    return { head, refusal: null }
  }

  /** A lagging node counts the transactions up to its own newest block, whatever block is asked for. */
  #askedOf(node: number, method: string, params: readonly unknown[]): readonly unknown[] {
    if (method !== 'eth_getTransactionCount') return params
    const lag = this.#parts.weather.strike('laggingNonce', node)
    if (lag === null) return params
    const newest = this.#headBefore(lag).number
    const asked = typeof params[1] === 'string' && params[1].startsWith('0x') ? Number(params[1]) : newest
    return [params[0], `0x${Math.min(newest, asked).toString(16)}`]
  }

  #headBefore({ strength }: Spell): Block {
    const time = this.#parts.clock.now - strength
    const seen = this.#heads.findLast(({ since }) => since <= time) ?? this.#heads[0]
    return seen?.head ?? this.#parts.chain.head
  }

  #afterSending(node: number, transaction: Transaction): void {
    const { weather, chain, trace } = this.#parts
    trace.add(`pool: took ${transaction.hash} of nonce ${transaction.nonce}`)
    const forgetful = weather.strike('forget', node)
    if (forgetful === null) return
    trace.fault(`the node forgets ${transaction.hash}`)
    if (forgetful.strength === 0) chain.pool.remove(transaction)
    else chain.pool.putShadow(transaction)
  }
}

type Answer = { readonly result: unknown } | { readonly error: NodeError }

interface Outcome {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
}

function failed(url: string, { method }: RpcCall, details: string, status?: number): HttpRequestError {
  return new HttpRequestError({ url, body: { method }, details, ...(status === undefined ? {} : { status }) })
}

function timedOut(url: string, { method }: RpcCall): TimeoutError {
  return new TimeoutError({ url, body: { method } })
}

function toRpcError(url: string, { method }: RpcCall, { code, message, data }: NodeError): RpcRequestError {
  return new RpcRequestError({ url, body: { method }, error: { code, message, data } })
}

function hex(param: unknown): `0x${string}` {
  return String(param) as `0x${string}`
}
