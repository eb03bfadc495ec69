/**
 * A chain made of a few maps, for tests about other subjects. The next block includes every transaction. An operation
 * succeeds when its nonce is the next nonce of the account. The chain forgets old transactions.
 */
import { numberToHex } from 'viem'
import type { TransactionAttempt } from '../../src/domain/batch.ts'
import type { BlockHead } from '../../src/domain/chain.ts'
import type { OperationId, QueuedOperation } from '../../src/domain/operation.ts'
import type { DurationMs, Hash, Hex } from '../../src/domain/primitives.ts'
import type { OpStatus } from '../../src/domain/status.ts'
import type { SimulatedCall, SimulatedResult } from '../../src/evm/simulator.ts'
import { REORG_WINDOW } from '../../src/machines/opsBatcher/settledWork.ts'
import type {
  BroadcastResult,
  InclusionReport,
  OutcomeInput,
  OutcomeReport,
  SimulationInput,
  SimulationReport,
} from '../../src/machines/pendingBatch/context.ts'
import type { SignInput, SignResult, WalletReading } from '../../src/machines/wallet/context.ts'
import { registryCall } from '../../src/registry/worldId/calls.ts'
import { accepted, nonceTooLow } from '../machines/support/broadcasts.ts'

const NONCE_SELECTOR = registryCall('getSignatureNonce')({ leafIndex: '0x0' }).slice(0, 10)
const GWEI = 1_000_000_000
const GAS_EACH = 100_000
const CONTRACT = `0x${'c'.repeat(40)}` as const
/** Included transactions that are still known: many more than are in flight at a time. */
const REMEMBERED = 64

/** The operations of a transaction. The bytes of the transaction contain them. */
type Cargo = readonly (readonly [id: OperationId, leaf: string | null, nonce: number | null])[]

interface Included {
  readonly blockNumber: number
  readonly succeeded: ReadonlySet<OperationId>
}

export interface MemoryChainOptions {
  /** Called for every operation with an effect. */
  readonly onLanding?: (id: OperationId) => void
  /** The last nonce of every account. The chain forgets the account after it. */
  readonly lastNonce: number
}

export class MemoryChain {
  readonly #options: MemoryChainOptions
  /** The next nonce of each account with operations left. */
  readonly #accounts = new Map<string, number>()
  readonly #pool = new Map<number, TransactionAttempt>()
  readonly #included = new Map<Hash, Included>()
  readonly #watchers = new Set<(head: BlockHead) => void>()
  #nonce = 0
  #number = 0
  #signatures = 0

  constructor(options: MemoryChainOptions) {
    this.#options = options
  }

  /** Mines until the returned function is called. */
  start(blockTime: DurationMs): () => void {
    const timer = setInterval(() => this.#mine(), blockTime)
    return () => clearInterval(timer)
  }

  watch(see: (head: BlockHead) => void): () => void {
    this.#watchers.add(see)
    return () => this.#watchers.delete(see)
  }

  /**
   * Mines as many blocks as a reorg may reach. Afterwards no included transaction is needed, and the chain forgets all.
   */
  forget(): void {
    for (let block = 0; block < REORG_WINDOW; block += 1) this.#mine()
    this.#included.clear()
  }

  nextNonce(leaf: string): number {
    return this.#accounts.get(leaf) ?? 0
  }

  /** Simulates a call. Every call succeeds, and a read of a nonce returns the nonce. */
  call({ callData }: SimulatedCall): SimulatedResult {
    const isQuestion = callData.startsWith(NONCE_SELECTOR)
    const nonce = isQuestion
      ? this.nextNonce(BigInt(`0x${callData.slice(NONCE_SELECTOR.length)}`).toString())
      : 0
    return { success: true, returnData: numberToHex(nonce, { size: 32 }), gasUsed: GAS_EACH }
  }

  readAccount(): WalletReading {
    return {
      chainNonce: this.#nonce,
      balance: '1000000000000000000000',
      blockNumber: this.#number,
      at: Date.now(),
    }
  }

  simulate({ operations }: SimulationInput): SimulationReport {
    const kept: QueuedOperation[] = []
    const statuses: Record<OperationId, OpStatus> = {}
    const ahead = new Map<string, number>()
    for (const operation of operations) {
      const { id, lane } = operation
      const next = lane === null ? 0 : (ahead.get(lane.leaf) ?? this.nextNonce(lane.leaf))
      if (lane !== null && lane.nonce !== next) {
        statuses[id] = { type: 'Evicted', reason: 'DependencyNotReady', nextNonce: next }
        continue
      }
      if (lane !== null) ahead.set(lane.leaf, next + 1)
      kept.push(operation)
    }
    const cargo: Cargo = kept.map(({ id, lane }) => [id, lane?.leaf ?? null, lane?.nonce ?? null])
    const calls = kept.map(({ id }) => ({
      target: CONTRACT,
      callData: '0x01' as const,
      operations: [id],
      gas: GAS_EACH,
    }))
    const plan =
      kept.length === 0 ? null : { calls, callData: toHex(cargo), gasLimit: GAS_EACH * (kept.length + 1) }
    return { plan, statuses, evidenceBlock: {}, measured: [], extraReserve: 0, at: Date.now() }
  }

  sign({ request, nonce, highest }: SignInput): SignResult {
    this.#signatures += 1
    const market = { maxFeePerGas: GWEI, maxPriorityFeePerGas: 1 }
    const isCancel = request.purpose === 'cancel'
    const attempt: TransactionAttempt = {
      hash: hashOf('f', this.#signatures),
      nonce,
      purpose: request.purpose,
      plan: request.purpose === 'batch' ? request.plan : null,
      batchId: request.batchId,
      gasLimit: isCancel ? 21_000 : request.gasLimit,
      maxFeePerGas: (highest?.maxFeePerGas ?? GWEI) * 2,
      maxPriorityFeePerGas: (highest?.maxPriorityFeePerGas ?? 1) * 2,
      raw: isCancel ? toHex([]) : request.data,
      signedAt: Date.now(),
      rollupFee: '0',
      refusal: null,
    }
    return { type: 'signed', attempt, market }
  }

  broadcast(attempt: TransactionAttempt): BroadcastResult {
    if (attempt.nonce < this.#nonce) return nonceTooLow
    const rival = this.#pool.get(attempt.nonce)
    if (rival === undefined || rival.maxFeePerGas < attempt.maxFeePerGas) {
      this.#pool.set(attempt.nonce, attempt)
    }
    return accepted
  }

  /** The chain has no foreign transactions: `consumedBy` is always null. */
  readInclusion(hashes: readonly Hash[]): InclusionReport {
    const txHash = hashes.find((hash) => this.#included.has(hash))
    const blockNumber = txHash === undefined ? 0 : (this.#included.get(txHash)?.blockNumber ?? 0)
    return {
      inclusion: txHash === undefined ? null : { txHash, blockNumber, blockHash: hashOf('b', blockNumber) },
      consumedBy: null,
      blockNumber: this.#number,
    }
  }

  readOutcome({ operations, inclusion }: OutcomeInput): OutcomeReport {
    const included = this.#included.get(inclusion.txHash)
    if (included === undefined) throw new Error('a transaction that is forgotten')
    const { blockNumber, succeeded } = included
    const { txHash } = inclusion
    const status = ({ id, lane }: QueuedOperation): OpStatus =>
      succeeded.has(id)
        ? { type: 'Finalized', txHash, blockNumber, gasUsed: GAS_EACH }
        : {
            type: 'Failed',
            reason: { type: 'NonceTooLow', expected: this.nextNonce(lane?.leaf ?? '') },
            txHash,
          }
    return {
      type: 'settled',
      statuses: Object.fromEntries(operations.map((operation) => [operation.id, status(operation)])),
      gasUsed: GAS_EACH * operations.length,
    }
  }

  #mine(): void {
    this.#number += 1
    const transactions: Hash[] = []
    for (;;) {
      const attempt = this.#pool.get(this.#nonce)
      if (attempt === undefined) break
      this.#pool.delete(this.#nonce)
      this.#nonce += 1
      transactions.push(attempt.hash)
      this.#included.set(attempt.hash, { blockNumber: this.#number, succeeded: this.#execute(attempt) })
    }
    for (const hash of this.#included.keys()) {
      if (this.#included.size <= REMEMBERED) break
      this.#included.delete(hash)
    }
    const head: BlockHead = {
      number: this.#number,
      hash: hashOf('b', this.#number),
      parentHash: hashOf('b', this.#number - 1),
      baseFee: GWEI,
      gasUsed: 15_000_000,
      gasLimit: 60_000_000,
      transactions,
      minedAt: Date.now(),
      seenAt: Date.now(),
    }
    for (const see of this.#watchers) see(head)
  }

  #execute({ raw }: TransactionAttempt): ReadonlySet<OperationId> {
    const succeeded = new Set<OperationId>()
    for (const [id, leaf, nonce] of fromHex(raw)) {
      if (leaf !== null && nonce !== this.nextNonce(leaf)) continue
      if (leaf !== null && nonce !== null) this.#accounts.set(leaf, nonce + 1)
      if (leaf !== null && nonce === this.#options.lastNonce) this.#accounts.delete(leaf)
      succeeded.add(id)
      this.#options.onLanding?.(id)
    }
    return succeeded
  }
}

function hashOf(letter: string, number: number): Hash {
  return `0x${letter}${number.toString(16).padStart(63, '0')}`
}

function toHex(cargo: Cargo): Hex {
  return `0x${Buffer.from(JSON.stringify(cargo)).toString('hex')}`
}

function fromHex(raw: Hex): Cargo {
  return JSON.parse(Buffer.from(raw.slice(2), 'hex').toString())
}
