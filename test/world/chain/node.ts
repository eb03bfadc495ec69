/**
 * A node: answers JSON-RPC calls from a view of the chain. The view is a branch up to some block, and may be behind.
 * The node never states a falsehood about the branch.
 */
import { numberToHex } from 'viem'
import type { Address, Hash, Hex, WeiPerGas } from '../../../src/domain/primitives.ts'
import { simulatorCode } from '../../../src/evm/simulator.ts'
import { answerOf } from './agents.ts'
import { accountOf, ancestorAt, type Block, type ChainState } from './block.ts'
import type { Chain } from './chain.ts'
import { nextBaseFee } from './eip1559.ts'
import { type EvmContext, OutOfGas, simulate, view } from './evm.ts'
import { readRawTransaction } from './rawTransaction.ts'
import { Reverted } from './reverted.ts'
import { NodeError, refused, reverted, unknownMethod } from './rpcError.ts'
import { showBlock, showLogs, showReceipt, showTrace, showTransaction } from './rpcShapes.ts'

export interface NodeTraits {
  /** Whether it answers `debug_traceTransaction`. */
  readonly traces: boolean
  /** The suggested tip; null for a node without the method. */
  readonly suggestedTip: WeiPerGas | null
  /** Number of blocks with stored state. */
  readonly stateBlocks: number
  /** Number of blocks from the head down to each tag. */
  readonly tagLags: { readonly safe: number; readonly finalized: number }
  /** Whether the pending block has the transactions of the pool; else it is the latest block. */
  readonly preconfirms: boolean
}

/** The view of a node, and the handling of broadcasts. */
export interface Sight {
  readonly head: Block
  /** The reason for refusing any broadcast; null for none. */
  readonly refusal: string | null
}

type Params = readonly unknown[]

export class Node {
  readonly #chain: Chain
  readonly #traits: NodeTraits

  constructor(chain: Chain, traits: NodeTraits) {
    this.#chain = chain
    this.#traits = traits
  }

  /** @throws NodeError */
  answer(method: string, params: Params, sight: Sight): unknown {
    switch (method) {
      case 'eth_chainId':
        return numberToHex(this.#chain.options.chainId)
      case 'eth_blockNumber':
        return numberToHex(sight.head.number)
      case 'eth_getBlockByNumber':
        if (params[0] === 'pending' && this.#traits.preconfirms) return this.#pending(sight)
        return this.#block(this.#blockAt(params[0], sight), params[1])
      case 'eth_getBlockByHash':
        return this.#block(this.#blockOfHash(String(params[0]), sight), params[1])
      case 'eth_getTransactionCount':
        return numberToHex(accountOf(this.#stateAt(params[1], sight), String(params[0])).nonce)
      case 'eth_getBalance':
        return numberToHex(accountOf(this.#stateAt(params[1], sight), String(params[0])).balance)
      case 'eth_getCode':
        return this.#hasCode(String(params[0])) ? '0x00' : '0x'
      case 'eth_getTransactionReceipt':
        return this.#receipt(toHash(params[0]), sight)
      case 'eth_getTransactionByHash':
        return this.#transaction(toHash(params[0]), sight)
      case 'eth_getLogs':
        return this.#logs(params[0] as LogFilter, sight)
      case 'eth_feeHistory':
        return this.#feeHistory(Number(params[0]), sight)
      case 'eth_sendRawTransaction':
        return this.#send(toHash(params[0]), sight)
      case 'eth_call':
        return this.#call(params[0] as Call, params[1], params[2] as Overrides | undefined, sight)
      case 'eth_maxPriorityFeePerGas':
        if (this.#traits.suggestedTip === null) throw unknownMethod(method)
        return numberToHex(this.#traits.suggestedTip)
      case 'debug_traceTransaction':
        if (!this.#traits.traces) throw unknownMethod(method)
        return this.#trace(toHash(params[0]), sight)
      default:
        throw unknownMethod(method)
    }
  }

  #block(block: Block | null, isFull: unknown) {
    return block === null ? null : showBlock(block, isFull === true)
  }

  #blockAt(tag: unknown, { head }: Sight): Block | null {
    if (tag === 'latest' || tag === 'pending' || tag === undefined) return head
    if (tag === 'safe' || tag === 'finalized') {
      const number = Math.max(0, head.number - this.#traits.tagLags[tag])
      return ancestorAt(head, number, this.#chain.canonical)
    }
    return ancestorAt(head, Number(tag), this.#chain.canonical)
  }

  /** The next block as a builder announces it: it may still come without a transaction of the pool. */
  #pending({ head }: Sight) {
    const { pool } = this.#chain
    return {
      ...showBlock(head, false),
      number: numberToHex(head.number + 1),
      hash: null,
      parentHash: head.hash,
      transactions: pool.senders.flatMap((sender) => pool.waiting(sender).map(({ hash }) => hash)),
    }
  }

  /** Nodes know blocks of other branches too, but no block above their own head. */
  #blockOfHash(hash: string, { head }: Sight): Block | null {
    const block = this.#chain.blockOf(hash)
    return block === null || block.number > head.number ? null : block
  }

  #stateAt(tag: unknown, sight: Sight): ChainState {
    return this.#knownBlock(tag, sight).state
  }

  #knownBlock(tag: unknown, sight: Sight): Block {
    const hash = hashIn(tag)
    const block = hash === null ? this.#blockAt(tag, sight) : this.#blockOfHash(hash, sight)
    if (block === null) throw refused(hash === null ? 'header not found' : 'header for hash not found')
    if (sight.head.number - block.number >= this.#traits.stateBlocks) throw refused('missing trie node')
    return block
  }

  #hasCode(address: string): boolean {
    const { registry, multicall, agents } = this.#chain.options
    return [registry, multicall, ...agents.keys()].some(
      (contract) => contract.toLowerCase() === address.toLowerCase(),
    )
  }

  #receipt(hash: Hex, { head }: Sight) {
    const block = this.#chain.placeOf(hash, head)
    const included = block?.transactions.find(({ transaction }) => transaction.hash === hash)
    if (block === null || included === undefined) return null
    return showReceipt(included, block, this.#chain.options.registry)
  }

  #transaction(hash: Hex, { head }: Sight) {
    const block = this.#chain.placeOf(hash, head)
    const included = block?.transactions.find(({ transaction }) => transaction.hash === hash)
    return block === null || included === undefined
      ? null
      : showTransaction(included.transaction, included, block)
  }

  #trace(hash: Hex, { head }: Sight) {
    const block = this.#chain.placeOf(hash, head)
    const included = block?.transactions.find(({ transaction }) => transaction.hash === hash)
    if (included === undefined) throw refused('transaction not found')
    return showTrace(included)
  }

  #logs({ address, topics = [], ...where }: LogFilter, sight: Sight) {
    const { registry } = this.#chain.options
    if (address.toLowerCase() !== registry.toLowerCase()) return []
    return this.#blocksOf(where, sight).flatMap((block) =>
      block.transactions
        .flatMap((included) => showLogs(included, block, registry))
        .filter((log) => fits(log.topics, topics)),
    )
  }

  /** Of a range the node returns the known part. For an unknown block hash the node returns an error. */
  #blocksOf(where: LogRange, sight: Sight): readonly Block[] {
    if ('blockHash' in where) {
      const block = this.#blockOfHash(where.blockHash, sight)
      if (block === null) throw refused('unknown block')
      return [block]
    }
    const { fromBlock, toBlock } = where
    const last = Math.min(toBlock === 'latest' ? sight.head.number : Number(toBlock), sight.head.number)
    const blocks: Block[] = []
    for (let number = Number(fromBlock); number <= last; number += 1) {
      const block = ancestorAt(sight.head, number, this.#chain.canonical)
      if (block !== null) blocks.push(block)
    }
    return blocks
  }

  #feeHistory(count: number, { head }: Sight) {
    const blocks: Block[] = []
    let block: Block | null = head
    while (block !== null && blocks.length < count) {
      blocks.unshift(block)
      block = block.parent
    }
    return {
      oldestBlock: numberToHex(blocks[0]?.number ?? 0),
      baseFeePerGas: [...blocks.map(({ baseFee }) => baseFee), nextBaseFee(head)].map((fee) =>
        numberToHex(fee),
      ),
      gasUsedRatio: blocks.map(({ gasUsed, gasLimit }) => gasUsed / gasLimit),
      reward: blocks.map(({ tip }) => [numberToHex(tip)]),
    }
  }

  #send(raw: Hex, { refusal }: Sight): Hex {
    const transaction = readRawTransaction(raw)
    const objection = refusal ?? this.#chain.send(transaction)
    if (objection !== null) throw refused(objection)
    return transaction.hash
  }

  #call({ to, data }: Call, tag: unknown, overrides: Overrides | undefined, sight: Sight): Hex {
    const { registry: address, multicall, domain, agents } = this.#chain.options
    const { state, timestamp } = this.#knownBlock(tag, sight)
    const context: EvmContext = { registry: address, multicall, domain, agents, isPaid: false, timestamp }
    try {
      if (to.toLowerCase() === address.toLowerCase()) return view(state.registry, data, context)
      if (overrides?.[to]?.code === simulatorCode) return simulate(state.registry, data, context)
      if (agents.has(to.toLowerCase())) return answerOf(to, data, context) ?? outOfGas()
    } catch (error) {
      if (error instanceof Reverted) throw reverted(error.data)
      if (error instanceof OutOfGas) throw refused(error.message)
      throw error
    }
    throw new NodeError(-32_602, `the world does not know what to call at ${to}`)
  }
}

type LogRange = { readonly fromBlock: Hex; readonly toBlock: Hex | 'latest' } | { readonly blockHash: Hash }

type LogFilter = LogRange & {
  readonly address: Address
  readonly topics?: readonly (Hex | null)[]
}

interface Call {
  readonly to: Address
  readonly data: Hex
}

type Overrides = Readonly<Record<string, { readonly code?: Hex }>>

/** The hash in a block parameter by hash, EIP-1898; null for a number or tag. */
function hashIn(tag: unknown): string | null {
  return typeof tag === 'object' && tag !== null && 'blockHash' in tag ? String(tag.blockHash) : null
}

function outOfGas(): never {
  throw new OutOfGas('out of gas')
}

function fits(topics: readonly Hex[], wanted: readonly (Hex | null)[]): boolean {
  return wanted.every((topic, index) => topic === null || topic === topics[index])
}

function toHash(param: unknown): Hex {
  return String(param) as Hex
}
