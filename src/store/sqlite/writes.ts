/** Carrying out one write, inside the transaction of its commit. */
import type { OpEnvelope } from '../../domain/operation.ts'
import type { Address } from '../../domain/primitives.ts'
import type { StoreWrite } from '../../domain/writes.ts'
import type { IgnoredTransition } from '../port.ts'
import { createBatchWrites } from './batchWrites.ts'
import type { Database } from './database.ts'
import { createMoves, createRequeue } from './operations.ts'
import { createPrune } from './prune.ts'

/** Carries out a write; returns the operations that it did not move. */
export type ApplyWrite = (write: StoreWrite) => readonly IgnoredTransition[]

/** The `ApplyWrite` of a database. It throws a `StoreError` for a write that contradicts what is stored. */
export function createWrites(database: Database): ApplyWrite {
  const accept = createAccept(database)
  const move = createMoves(database)
  const requeue = createRequeue(database)
  const batches = createBatchWrites(database, move)
  const prune = createPrune(database)

  return (write) => {
    switch (write.type) {
      case 'operation.accepted':
        accept(write.envelope)
        return []
      case 'operation.failed': {
        const { id, reason, at } = write
        return move([id], { to: 'failed', at, status: { type: 'Failed', reason, txHash: null } })
      }
      case 'operation.revived':
        requeue(write.id, write.at)
        return []
      case 'batch.opened':
        return batches.open(write)
      case 'batch.planned':
        return batches.plan(write)
      case 'batch.trimmed':
        return batches.drop(write)
      case 'attempt.signed':
        return batches.sign(write)
      case 'batch.submitted':
        return batches.submit(write)
      case 'batch.included':
        return batches.include(write)
      case 'batch.settled':
        return batches.settle(write)
      case 'batch.revived':
        return batches.revive(write)
      case 'pruned':
        prune(write.before)
        return []
    }
  }
}

function createAccept(database: Database): (envelope: OpEnvelope) => void {
  const insertOperation = database.prepare<
    Omit<OpEnvelope, 'lane' | 'claims' | 'operation' | 'signer'> & {
      leaf: string | null
      nonce: number | null
      claims: string
    }
  >(`
    INSERT INTO operations (sequence, id, kind, priority, leaf, nonce, claims, receivedAt, bytes, tries, state, updatedAt)
    VALUES (:sequence, :id, :kind, :priority, :leaf, :nonce, :claims, :receivedAt, :bytes, :tries, 'queued', :receivedAt)`)
  const insertPayload = database.prepare<{
    sequence: number
    operation: string
    signer: Address | null
  }>('INSERT INTO payloads (sequence, operation, signer) VALUES (:sequence, :operation, :signer)')

  return ({ lane, claims, operation, signer, ...columns }) => {
    insertOperation.run({
      ...columns,
      leaf: lane?.leaf ?? null,
      nonce: lane?.nonce ?? null,
      claims: JSON.stringify(claims),
    })
    insertPayload.run({ sequence: columns.sequence, operation: JSON.stringify(operation), signer })
  }
}
