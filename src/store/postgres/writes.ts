/** Applies the writes of a commit. */
import type { Millis } from '../../domain/primitives.ts'
import type { IgnoredTransition, StoreWrite } from '../../domain/writes.ts'
import { numberAs } from './arrivals.ts'
import { batchWrites } from './batchWrites.ts'
import type { Query } from './connection.ts'
import { insert, move } from './operations.ts'
import { reviveInQueue } from './recovery.ts'

/** Maximum number of operations, and of batches, deleted by one `pruned` write. */
const PRUNE_LIMIT = 500

/** Applies writes in order. Operations that are accepted one after the other are inserted together. */
export async function applyWrites(
  query: Query,
  writes: readonly StoreWrite[],
): Promise<readonly IgnoredTransition[]> {
  const ignored: IgnoredTransition[] = []
  for (let index = 0; index < writes.length; ) {
    const accepted = writes.slice(index).findIndex(({ type }) => type !== 'operation.accepted')
    const count = accepted === -1 ? writes.length - index : accepted
    if (count > 0) {
      await accept(query, writes.slice(index, index + count).filter(isAccepted))
      index += count
      continue
    }
    const write = writes[index]
    if (write !== undefined) ignored.push(...(await applyWrite(query, write)))
    index += 1
  }
  return ignored
}

type Accepted = Extract<StoreWrite, { readonly type: 'operation.accepted' }>

function isAccepted(write: StoreWrite): write is Accepted {
  return write.type === 'operation.accepted'
}

async function accept(query: Query, accepted: readonly Accepted[]): Promise<void> {
  const envelopesOf = (hasArrived: boolean) =>
    accepted.filter((write) => (write.hasArrived ?? false) === hasArrived).map(({ envelope }) => envelope)
  await numberAs(query, envelopesOf(true))
  await insert(query, envelopesOf(false))
}

async function applyWrite(query: Query, write: StoreWrite): Promise<readonly IgnoredTransition[]> {
  switch (write.type) {
    case 'operation.accepted':
      await accept(query, [write])
      return []
    case 'operation.finalized':
      return move(query, [{ id: write.id, to: 'finalized', status: write.status }], { at: write.at })
    case 'operation.failed': {
      const status = { type: 'Failed', reason: write.reason, txHash: null } as const
      return move(query, [{ id: write.id, to: 'failed', status }], { at: write.at })
    }
    case 'operation.revived':
      await reviveInQueue(query, write.id, write.at)
      return []
    case 'pruned':
      await prune(query, write.before)
      return []
    default: {
      // Each handler takes the write of its own type.
      const handle = batchWrites[write.type] as (
        query: Query,
        write: StoreWrite,
      ) => Promise<readonly IgnoredTransition[]>
      return handle(query, write)
    }
  }
}

// An operation can get a verdict before its batch is settled. The row stays until the settlement of the batch, because the
// settlement names the operation.
const PRUNABLE_OPERATIONS = `
  SELECT sequence FROM operations
  WHERE state IN ('finalized', 'failed') AND "updatedAt" < $1
    AND NOT EXISTS (SELECT 1 FROM batches WHERE number = operations.batch AND "settledAt" IS NULL)`
const PRUNABLE_BATCHES = `
  SELECT number FROM batches
  WHERE "settledAt" < $1 AND NOT EXISTS (SELECT 1 FROM operations WHERE batch = batches.number)`

export async function hasPrunable(query: Query, before: Millis): Promise<boolean> {
  const { rows } = await query<{ found: boolean }>(
    `SELECT EXISTS (${PRUNABLE_OPERATIONS}) OR EXISTS (${PRUNABLE_BATCHES}) AS found`,
    [before],
  )
  return rows[0]?.found === true
}

/** Deletes old settled rows, oldest first, in bounded steps: a commit with a `pruned` write stays short. */
async function prune(query: Query, before: Millis): Promise<void> {
  await query(
    `DELETE FROM operations WHERE sequence IN (${PRUNABLE_OPERATIONS} ORDER BY "updatedAt" LIMIT ${PRUNE_LIMIT})`,
    [before],
  )
  await query(
    `DELETE FROM batches WHERE number IN (${PRUNABLE_BATCHES} ORDER BY "settledAt" LIMIT ${PRUNE_LIMIT})`,
    [before],
  )
}
