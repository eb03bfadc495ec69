/** Observes a run: the writes, broadcasts and statements of the gateway, and whether each was allowed. */

import type { BatchPlan } from '../../src/domain/batch.ts'
import type { GatewayEvent } from '../../src/domain/events.ts'
import type { Operation, OperationId } from '../../src/domain/operation.ts'
import type { Hash } from '../../src/domain/primitives.ts'
import type { RecoveredState } from '../../src/domain/recovery.ts'
import type { OpStatus } from '../../src/domain/status.ts'
import type { StoreWrite } from '../../src/domain/writes.ts'
import type { RequestStore } from '../../src/store/port.ts'
import { effectOf } from './callData.ts'
import type { Transaction } from './chain/block.ts'
import type { Chain } from './chain/chain.ts'
import { isRightlyCharged } from './innocence.ts'
import type { Violation } from './invariants.ts'
import type { SendingFate } from './network.ts'

export interface LedgerParts {
  readonly chain: Chain
  readonly confirmations: number
  readonly operationOf: (id: OperationId) => Operation | null
  /** Whether a foreign program has sent a transaction with the key of the wallet. */
  readonly isIntruded: () => boolean
}

export class Ledger {
  readonly violations: Violation[] = []
  readonly #parts: LedgerParts
  readonly #signed = new Set<Hash>()
  /** The account of each stored operation. */
  readonly #leaves = new Map<OperationId, string>()
  /** The batch of each operation. */
  readonly #riding = new Map<OperationId, string>()
  readonly #plans = new Map<string, BatchPlan>()
  /** What became of each transaction, by hash. */
  readonly fates = new Map<Hash, SendingFate[]>()

  constructor(parts: LedgerParts) {
    this.#parts = parts
  }

  /** Notes the violation of a promise. */
  violate(invariant: string, what: string): void {
    this.violations.push({ invariant, what })
  }

  /** The store, with every write observed. */
  watch(store: RequestStore): RequestStore {
    return {
      ...store,
      commit: async (writes) => {
        const ignored = await store.commit(writes)
        for (const write of writes) this.#note(write)
        return ignored
      },
      recover: async (at) => {
        const recovered = await store.recover(at)
        this.#recovered(recovered)
        return recovered
      },
    }
  }

  /** A gateway process has started with the stored records. */
  #recovered({ batches }: RecoveredState): void {
    this.#riding.clear()
    for (const { record, operations } of batches) {
      for (const { id } of operations) this.#riding.set(id, record.id)
    }
  }

  /** The gateway has sent a transaction to a node. */
  sent({ hash }: Transaction, fate: SendingFate): void {
    this.fates.set(hash, [...(this.fates.get(hash) ?? []), fate])
    if (!this.#signed.has(hash))
      this.violate('writtenBeforeSent', `${hash} was broadcast before it was stored`)
  }

  said(event: GatewayEvent): void {
    if (event.type === 'operation.settled') this.#judge(event.id, event.status)
    const isAlarm = event.type === 'wallet.foreignTransactions' || event.type === 'batch.displaced'
    if (isAlarm && !this.#parts.isIntruded()) {
      this.violate('noFalseAlarm', `${event.type} was reported, and nobody else used the key of the wallet`)
    }
  }

  #note(write: StoreWrite): void {
    if (write.type === 'operation.accepted') {
      const { id, lane } = write.envelope
      if (lane !== null) this.#leaves.set(id, lane.leaf)
    }
    if (write.type === 'attempt.signed') this.#signed.add(write.attempt.hash)
    if (write.type === 'batch.planned') this.#plans.set(write.batchId, write.plan)
    if (write.type === 'batch.trimmed') this.#audit(write.batchId, write.statuses)
    if (write.type === 'batch.settled') this.#audit(write.batch.batchId, write.batch.statuses)
    if (write.type === 'batch.opened') this.#board(write.batchId, write.operations)
    if (write.type === 'batch.trimmed') for (const id of Object.keys(write.statuses)) this.#riding.delete(id)
    if (write.type === 'batch.settled') {
      for (const [id, batch] of this.#riding) if (batch === write.batch.batchId) this.#riding.delete(id)
    }
  }

  /** A try is charged only to an operation that the evidence names. */
  #audit(batchId: string, statuses: Readonly<Record<OperationId, OpStatus>>): void {
    const { chain, operationOf } = this.#parts
    const plan = this.#plans.get(batchId) ?? null
    for (const [id, status] of Object.entries(statuses)) {
      if (isRightlyCharged(status, operationOf(id), { chain, plan })) continue
      this.violate(
        'chargedWithProof',
        `${id} was charged a try in ${batchId}, and others were in the transaction`,
      )
    }
  }

  /** A lane is in at most one batch. */
  #board(batch: string, operations: readonly OperationId[]): void {
    const taken = new Set([...this.#riding.keys()].map((id) => this.#leaves.get(id)))
    for (const id of operations) {
      const leaf = this.#leaves.get(id)
      if (this.#riding.has(id))
        this.violate('ridesOnce', `${id} is in ${this.#riding.get(id)} and in ${batch}`)
      else if (leaf !== undefined && taken.has(leaf)) {
        this.violate('laneRidesOnce', `account ${leaf} is in ${batch} and in another batch`)
      }
    }
    for (const id of operations) this.#riding.set(id, batch)
  }

  /** A finalized operation was final on some canonical branch. */
  #judge(id: OperationId, status: OpStatus): void {
    if (status.type !== 'Finalized') return
    const { chain, confirmations, operationOf } = this.#parts
    const operation = operationOf(id)
    const effect = operation === null ? null : effectOf(operation)
    const places = chain.blocksOf(status.txHash).filter(({ number }) => number === status.blockNumber)
    const place = places.find(({ transactions }) =>
      transactions.some(
        ({ transaction, effects }) =>
          transaction.hash === status.txHash && effect !== null && effects.includes(effect),
      ),
    )
    if (place === undefined) {
      this.violate('saidIsSo', `${id} is reported as finalized in ${status.txHash}, which has no such effect`)
    } else if (Math.max(...places.map((block) => chain.depthOf(block))) < confirmations) {
      this.violate('saidIsDeep', `${id} is reported as finalized at depth ${chain.depthOf(place)}`)
    }
  }
}
