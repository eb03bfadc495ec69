/** Observes a run: the writes, broadcasts and statements of the gateway, and whether each was allowed. */
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
import type { Violation } from './invariants.ts'

export interface LedgerParts {
  readonly chain: Chain
  readonly confirmations: number
  readonly operationOf: (id: OperationId) => Operation | null
}

export class Ledger {
  readonly violations: Violation[] = []
  readonly #parts: LedgerParts
  readonly #signed = new Set<Hash>()
  /** The account of each stored operation. */
  readonly #leaves = new Map<OperationId, string>()
  /** The batch of each operation. */
  readonly #riding = new Map<OperationId, string>()

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

  /** A node has received a transaction of the gateway. */
  sent({ hash }: Transaction): void {
    if (!this.#signed.has(hash))
      this.violate('writtenBeforeSent', `${hash} was broadcast before it was stored`)
  }

  said(event: GatewayEvent): void {
    if (event.type === 'operation.settled') this.#judge(event.id, event.status)
  }

  #note(write: StoreWrite): void {
    if (write.type === 'operation.accepted') {
      const { id, lane } = write.envelope
      if (lane !== null) this.#leaves.set(id, lane.leaf)
    }
    if (write.type === 'attempt.signed') this.#signed.add(write.attempt.hash)
    if (write.type === 'batch.opened') this.#board(write.batchId, write.operations)
    if (write.type === 'batch.trimmed') for (const id of Object.keys(write.statuses)) this.#riding.delete(id)
    if (write.type === 'batch.settled') {
      for (const [id, batch] of this.#riding) if (batch === write.batch.batchId) this.#riding.delete(id)
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
