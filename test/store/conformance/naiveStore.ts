/**
 * What a store should do, said as simply as possible: maps, copied before every commit. It stands beside a real store
 * in the model test and knows nothing of time, payloads or disks.
 */
import type { BatchId } from '../../../src/domain/batch.ts'
import type { OperationId } from '../../../src/domain/operation.ts'
import { type OpStatus, REQUEST_TRANSITIONS, type RequestStateName } from '../../../src/domain/status.ts'
import type { StoreWrite } from '../../../src/domain/writes.ts'
import type { IgnoredTransition } from '../../../src/store/port.ts'

interface NaiveOperation {
  readonly sequence: number
  readonly state: RequestStateName
  readonly batchId: BatchId | null
  readonly status: OpStatus | null
  readonly tries: number
}

interface NaiveBatch {
  readonly operations: readonly OperationId[]
  readonly kept: readonly OperationId[] | null
  readonly dropped: readonly OperationId[]
  readonly attempts: readonly string[]
  readonly ended: boolean
}

interface NaiveRecovery {
  readonly queued: readonly OperationId[]
  readonly batches: readonly { readonly id: BatchId; readonly operations: readonly OperationId[] }[]
  readonly nextSequence: number
}

const STATE_OF = { Finalized: 'finalized', Failed: 'failed', Evicted: 'queued' } as const

export class NaiveStore {
  operations = new Map<OperationId, NaiveOperation>()
  batches = new Map<BatchId, NaiveBatch>()

  /** Null when the store has to refuse, and then nothing has changed. */
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
      if (batch.ended) continue
      const carried = batch.attempts.length > 0 ? (batch.kept ?? []) : []
      for (const [operationId, operation] of this.operations) {
        const isLoose =
          operation.batchId === id && operation.state === 'batching' && !carried.includes(operationId)
        if (isLoose) this.operations.set(operationId, { ...operation, state: 'queued' })
      }
      if (batch.attempts.length === 0) this.batches.set(id, { ...batch, ended: true })
    }
    const operations = [...this.operations].sort(([, a], [, b]) => a.sequence - b.sequence)
    return {
      queued: operations.filter(([, { state }]) => state === 'queued').map(([id]) => id),
      batches: [...this.batches]
        .filter(([, { ended }]) => !ended)
        .map(([id, { kept }]) => ({ id, operations: kept ?? [] })),
      nextSequence: 1 + Math.max(0, ...operations.map(([, { sequence }]) => sequence)),
    }
  }

  #apply(write: StoreWrite): readonly IgnoredTransition[] {
    switch (write.type) {
      case 'operation.accepted': {
        const { id, sequence, tries } = write.envelope
        require(!this.operations.has(id))
        this.operations.set(id, { sequence, tries, state: 'queued', batchId: null, status: null })
        return []
      }
      case 'operation.failed':
        return this.#move(write.id, 'failed', {
          status: { type: 'Failed', reason: write.reason, txHash: null },
        })
      case 'batch.opened':
        require(!this.batches.has(write.batchId))
        this.batches.set(write.batchId, {
          operations: write.operations,
          kept: null,
          dropped: [],
          attempts: [],
          ended: false,
        })
        return write.operations.flatMap((id) => this.#move(id, 'batching', { batchId: write.batchId }))
      case 'batch.planned': {
        const batch = this.#batch(write.batchId)
        if (batch.ended) return []
        require(batch.kept === null)
        const kept = write.plan.calls.flatMap(({ operations }) => operations)
        this.batches.set(write.batchId, { ...batch, kept })
        return []
      }
      case 'batch.dropped': {
        const { batchId, statuses } = write
        const batch = this.#batch(batchId)
        this.batches.set(batchId, { ...batch, dropped: [...batch.dropped, ...Object.keys(statuses)] })
        return this.#judge(batchId, Object.entries(statuses))
      }
      case 'attempt.signed': {
        const { batchId, hash } = write.attempt
        const batch = this.#batch(batchId)
        this.batches.set(batchId, { ...batch, attempts: [...batch.attempts, hash] })
        return []
      }
      case 'batch.submitted': {
        const { kept, attempts } = this.#batch(write.batchId)
        require(kept !== null && attempts.includes(write.txHash))
        return kept.flatMap((id) => this.#move(id, 'submitted', {}, write.batchId))
      }
      case 'batch.included':
        this.#batch(write.batchId)
        return []
      case 'batch.settled': {
        const { batchId, statuses } = write.batch
        const batch = this.#batch(batchId)
        const entries = Object.entries(statuses).filter(([id]) => !batch.dropped.includes(id))
        const ignored = this.#judge(batchId, entries)
        for (const operation of this.operations.values()) {
          require(!isRiding(operation, batchId))
        }
        this.batches.set(batchId, { ...batch, ended: true })
        return ignored
      }
      case 'pruned':
        return []
    }
  }

  #judge(batchId: BatchId, statuses: readonly (readonly [OperationId, OpStatus])[]) {
    return statuses.flatMap(([id, status]) => this.#move(id, STATE_OF[status.type], { status }, batchId))
  }

  #move(
    id: OperationId,
    to: RequestStateName,
    change: Partial<Pick<NaiveOperation, 'batchId' | 'status'>>,
    within?: BatchId,
  ): readonly IgnoredTransition[] {
    const operation = this.operations.get(id)
    require(operation !== undefined)
    const hasLeft = within !== undefined && !isRiding(operation, within)
    if (hasLeft || !REQUEST_TRANSITIONS[operation.state].includes(to)) {
      return [{ id, from: operation.state, to }]
    }
    const tries = operation.tries + (change.status?.type === 'Evicted' ? 1 : 0)
    this.operations.set(id, { ...operation, ...change, state: to, tries })
    return []
  }

  #batch(id: BatchId): NaiveBatch {
    const batch = this.batches.get(id)
    require(batch !== undefined)
    return batch
  }
}

function isRiding({ state, batchId }: NaiveOperation, batch: BatchId): boolean {
  return batchId === batch && (state === 'batching' || state === 'submitted')
}

function require(condition: boolean): asserts condition {
  if (!condition) throw new Error('refused')
}
