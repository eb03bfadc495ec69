/**
 * The simplest correct store: maps, copied before every commit. The model test compares real stores with this store. The
 * store has no times, payloads or files.
 */
import type { BatchId, Inclusion, TransactionAttempt } from '../../../src/domain/batch.ts'
import type { BlockRef } from '../../../src/domain/chain.ts'
import type { Cost } from '../../../src/domain/cost.ts'
import type { Finality } from '../../../src/domain/finality.ts'
import type { OperationId } from '../../../src/domain/operation.ts'
import type { Hash } from '../../../src/domain/primitives.ts'
import type { ClimbingBatch } from '../../../src/domain/recovery.ts'
import {
  isCharged,
  type OpStatus,
  REQUEST_TRANSITIONS,
  type RequestStateName,
} from '../../../src/domain/status.ts'
import type { IgnoredTransition, StoreWrite } from '../../../src/domain/writes.ts'

interface NaiveOperation {
  readonly sequence: number
  readonly state: RequestStateName
  /** The last broadcast, while the operation is submitted. */
  readonly txHash: Hash | null
  readonly batchId: BatchId | null
  readonly status: OpStatus | null
  readonly tries: number
  /** Number of the evidence block of a verdict at simulation. */
  readonly evidenceBlock: number | null
  /** The shares in the transactions of settled batches. */
  readonly costs: ReadonlyMap<BatchId, Cost>
}

interface NaiveBatch {
  readonly operations: readonly OperationId[]
  /** The operations of each plan. */
  readonly plans: readonly (readonly OperationId[])[]
  readonly trimmed: readonly OperationId[]
  readonly attempts: readonly Pick<TransactionAttempt, 'hash' | 'purpose' | 'plan'>[]
  readonly inclusion: Inclusion | null
  readonly finality: Finality | null
  readonly settled: boolean
  /** The operations finalized or failed by the settlement. */
  readonly verdicts: readonly OperationId[]
}

interface NaiveRecovery {
  readonly queued: readonly OperationId[]
  readonly batches: readonly { readonly id: BatchId; readonly operations: readonly OperationId[] }[]
  readonly climbing: readonly ClimbingBatch[]
  readonly nextSequence: number
}

interface NaiveSettledWork {
  readonly batches: readonly {
    readonly batchId: BatchId
    readonly inclusion: Inclusion
    readonly operations: readonly OperationId[]
  }[]
  readonly operations: readonly { readonly id: OperationId; readonly evidenceBlock: number }[]
}

const STATE_OF = { Finalized: 'finalized', Failed: 'failed', Evicted: 'queued' } as const

export class NaiveStore {
  operations = new Map<OperationId, NaiveOperation>()
  batches = new Map<BatchId, NaiveBatch>()

  /** Returns null, and changes nothing, when a store must refuse the commit. */
  commit(writes: readonly StoreWrite[]): readonly IgnoredTransition[] | null {
    const before = { operations: new Map(this.operations), batches: new Map(this.batches) }
    try {
      return writes.flatMap((write) => this.#apply(write))
    } catch {
      this.operations = before.operations
      this.batches = before.batches
      return null
    }
  }

  recover(): NaiveRecovery {
    for (const [id, batch] of this.batches) {
      if (batch.settled) continue
      const carried = batch.attempts.length > 0 ? (batch.plans[0] ?? []) : []
      for (const [operationId, operation] of this.operations) {
        const isUnsigned =
          operation.batchId === id && operation.state === 'batching' && !carried.includes(operationId)
        if (isUnsigned) this.operations.set(operationId, { ...operation, state: 'queued' })
      }
      if (batch.attempts.length === 0) this.batches.set(id, { ...batch, settled: true })
    }
    const operations = [...this.operations].sort(([, a], [, b]) => a.sequence - b.sequence)
    return {
      queued: operations.filter(([, { state }]) => state === 'queued').map(([id]) => id),
      batches: [...this.batches]
        .filter(([, { settled }]) => !settled)
        .map(([id, { plans }]) => ({
          id,
          operations: (plans[0] ?? []).filter((each) => isInBatch(this.operations.get(each), id)),
        })),
      climbing: [...this.batches].flatMap(([batchId, { finality, inclusion, settled }]) =>
        finality === null || finality.levels.finalized !== undefined
          ? []
          : [{ batchId, finality, inclusion, isSettled: settled }],
      ),
      nextSequence: 1 + Math.max(0, ...operations.map(([, { sequence }]) => sequence)),
    }
  }

  settledSince(blockNumber: number): NaiveSettledWork {
    const batches = [...this.batches].flatMap(([batchId, { settled, inclusion, plans, verdicts }]) =>
      settled && inclusion !== null && inclusion.blockNumber >= blockNumber
        ? [{ batchId, inclusion, operations: (plans[0] ?? []).filter((id) => verdicts.includes(id)) }]
        : [],
    )
    const operations = [...this.operations]
      .sort(([, a], [, b]) => a.sequence - b.sequence)
      .flatMap(([id, { evidenceBlock }]) =>
        evidenceBlock !== null && evidenceBlock >= blockNumber ? [{ id, evidenceBlock }] : [],
      )
    return { batches, operations }
  }

  #apply(write: StoreWrite): readonly IgnoredTransition[] {
    switch (write.type) {
      case 'operation.accepted': {
        const { id, sequence, tries } = write.envelope
        require(!this.operations.has(id))
        this.operations.set(id, {
          sequence,
          tries,
          state: 'queued',
          txHash: null,
          batchId: null,
          status: null,
          evidenceBlock: null,
          costs: new Map(),
        })
        return []
      }
      case 'operation.finalized':
        return this.#move(write.id, 'finalized', { status: write.status })
      case 'operation.failed':
        return this.#move(write.id, 'failed', {
          status: { type: 'Failed', reason: write.reason, txHash: null },
        })
      case 'batch.opened':
        require(!this.batches.has(write.batchId))
        this.batches.set(write.batchId, {
          operations: write.operations,
          plans: [],
          trimmed: [],
          attempts: [],
          inclusion: null,
          finality: null,
          settled: false,
          verdicts: [],
        })
        return write.operations.flatMap((id) => this.#move(id, 'batching', { batchId: write.batchId }))
      case 'batch.planned': {
        const batch = this.#batch(write.batchId)
        if (batch.settled) return []
        const planned = write.plan.calls.flatMap(({ operations }) => operations)
        this.batches.set(write.batchId, { ...batch, plans: [...batch.plans, planned] })
        return []
      }
      case 'batch.trimmed': {
        const { batchId, statuses, evidenceBlock } = write
        const batch = this.#batch(batchId)
        if (!batch.settled) {
          this.batches.set(batchId, { ...batch, trimmed: [...batch.trimmed, ...Object.keys(statuses)] })
        }
        return this.#applyStatuses(batchId, Object.entries(statuses), evidenceBlock)
      }
      case 'attempt.signed': {
        const { batchId, hash, purpose, plan } = write.attempt
        const batch = this.#batch(batchId)
        if (batch.attempts.some((each) => each.hash === hash)) return []
        this.batches.set(batchId, { ...batch, attempts: [...batch.attempts, { hash, purpose, plan }] })
        return []
      }
      case 'attempt.refused':
        require(this.#batch(write.batchId).attempts.some(({ hash }) => hash === write.txHash))
        return []
      case 'batch.entered':
        this.#batch(write.batchId)
        return []
      case 'batch.submitted': {
        const { plans, attempts } = this.#batch(write.batchId)
        const attempt = attempts.find(({ hash }) => hash === write.txHash)
        require(attempt !== undefined)
        if (attempt.purpose === 'cancel') return []
        const planned = plans[attempt.plan ?? 0]
        require(planned !== undefined)
        const { txHash } = write
        return planned.flatMap((id) => this.#move(id, 'submitted', { txHash }, write.batchId))
      }
      case 'batch.included': {
        const batch = this.#batch(write.batchId)
        if (!batch.settled) this.batches.set(write.batchId, { ...batch, inclusion: write.inclusion })
        return []
      }
      case 'batch.finalityChanged': {
        const { batchId, finality } = write
        const batch = this.batches.get(batchId)
        if (batch !== undefined) this.batches.set(batchId, { ...batch, finality })
        return []
      }
      case 'batch.settled': {
        const { batchId, statuses, txHash, blockNumber } = write.batch
        const batch = this.#batch(batchId)
        const entries = Object.entries(statuses).filter(([id]) => !batch.trimmed.includes(id))
        const ignored = this.#applyStatuses(batchId, entries)
        for (const operation of this.operations.values()) {
          require(!isInBatch(operation, batchId))
        }
        if (batch.settled) return ignored
        for (const [id, share] of Object.entries(write.batch.cost?.shares ?? {})) {
          this.#setShare(id, batchId, share)
        }
        const { inclusion } = batch
        const isSame = inclusion?.txHash === txHash && inclusion.blockNumber === blockNumber
        this.batches.set(batchId, {
          ...batch,
          inclusion: isSame ? inclusion : null,
          settled: true,
          verdicts: entries
            .filter(([id, { type }]) => type !== 'Evicted' && !ignored.some((each) => each.id === id))
            .map(([id]) => id),
        })
        return ignored
      }
      case 'batch.revived': {
        const batch = this.#batch(write.batchId)
        if (!batch.settled) return []
        for (const id of this.operations.keys()) this.#setShare(id, write.batchId, null)
        require(batch.attempts.length > 0)
        const txHash = batch.attempts.findLast(({ purpose }) => purpose === 'batch')?.hash ?? null
        for (const id of (batch.plans[0] ?? []).filter((each) => batch.verdicts.includes(each))) {
          const operation = this.operations.get(id)
          require(operation !== undefined && txHash !== null)
          this.operations.set(id, { ...operation, state: 'submitted', txHash, status: null })
        }
        this.batches.set(write.batchId, {
          ...batch,
          inclusion: null,
          finality: null,
          settled: false,
          verdicts: [],
        })
        return []
      }
      case 'operation.revived': {
        const operation = this.operations.get(write.id)
        if (operation === undefined || operation.evidenceBlock === null) return []
        this.operations.set(write.id, { ...operation, state: 'queued', status: null, evidenceBlock: null })
        return []
      }
      case 'pruned':
        return []
    }
  }

  /** @param share null to remove the share */
  #setShare(id: OperationId, batchId: BatchId, share: Cost | null): void {
    const operation = this.operations.get(id)
    if (operation === undefined) return
    const costs = new Map(operation.costs)
    if (share === null) costs.delete(batchId)
    else costs.set(batchId, share)
    this.operations.set(id, { ...operation, costs })
  }

  #applyStatuses(
    batchId: BatchId,
    statuses: readonly (readonly [OperationId, OpStatus])[],
    blocks: Readonly<Record<OperationId, BlockRef>> = {},
  ) {
    return statuses.flatMap(([id, status]) => {
      const evidenceBlock = blocks[id]?.blockNumber ?? null
      return this.#move(id, STATE_OF[status.type], { status, evidenceBlock }, batchId)
    })
  }

  #move(
    id: OperationId,
    to: RequestStateName,
    change: Partial<Pick<NaiveOperation, 'batchId' | 'status' | 'txHash' | 'evidenceBlock'>>,
    within?: BatchId,
  ): readonly IgnoredTransition[] {
    const operation = this.operations.get(id)
    require(operation !== undefined)
    const hasLeft = within !== undefined && !isInBatch(operation, within)
    if (hasLeft || !REQUEST_TRANSITIONS[operation.state].includes(to)) {
      return [{ id, batchId: change.batchId ?? within ?? null, from: operation.state, to }]
    }
    const tries = operation.tries + (change.status && isCharged(change.status) ? 1 : 0)
    this.operations.set(id, { ...operation, txHash: null, evidenceBlock: null, ...change, state: to, tries })
    return []
  }

  #batch(id: BatchId): NaiveBatch {
    const batch = this.batches.get(id)
    require(batch !== undefined)
    return batch
  }
}

function isInBatch(operation: NaiveOperation | undefined, batch: BatchId): boolean {
  return operation?.batchId === batch && ['batching', 'submitted'].includes(operation.state)
}

function require(condition: boolean): asserts condition {
  if (!condition) throw new Error('refused')
}
