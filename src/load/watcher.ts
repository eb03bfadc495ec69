/**
 * Waits until operations are settled, with few status requests.
 *
 * All operations of a transaction are settled together. While the operations are `submitted`, the watcher requests the
 * status of a single operation. After a change the watcher requests the other statuses. The first request for an
 * operation is sent after half of the typical latency, and each further request when the operation is a quarter older.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { DurationMs, Hash, Millis, Now } from '../domain/primitives.ts'
import type { GatewayClient, Status } from './client.ts'

type Ended = Extract<Status, { state: 'finalized' | 'failed' }>

export interface StatusWatcher {
  /** Resolves when the operation is settled, or with null when the run is aborted. */
  ended(id: string, sentAt: Millis): Promise<Ended | null>
}

const SHORTEST_WAIT: DurationMs = 200
const LONGEST_WAIT: DurationMs = 2000
/** Time between two requests for the status of a transaction. The time limits the precision of latencies. */
const TRANSACTION_WAIT: DurationMs = 100
/** Typical latency before the first operation is settled. */
const FIRST_GUESS: DurationMs = 1000
/** Weight of a single operation in the moving average of the latency. */
const SMOOTHING = 0.05

/** @param signal aborted when the run ends */
export function createStatusWatcher(
  client: Pick<GatewayClient, 'status'>,
  { now, signal }: { readonly now: Now; readonly signal: AbortSignal },
): StatusWatcher {
  const watched = new Map<Hash, Promise<void>>()
  let typical = FIRST_GUESS

  /** Resolves when the operations of a transaction are settled, or move to another transaction. */
  function change(txHash: Hash, id: string): Promise<void> {
    const known = watched.get(txHash)
    if (known !== undefined) return known
    const changed = watch(txHash, id).finally(() => watched.delete(txHash))
    watched.set(txHash, changed)
    return changed
  }

  async function watch(txHash: Hash, id: string): Promise<void> {
    let isSubmitted = true
    while (isSubmitted && !signal.aborted) {
      await sleep(TRANSACTION_WAIT)
      const status = await client.status(id)
      isSubmitted = status === null || (status.state === 'submitted' && status.txHash === txHash)
    }
  }

  return {
    async ended(id, sentAt) {
      await pause(typical / 2)
      while (!signal.aborted) {
        const status = await client.status(id)
        const age = now() - sentAt
        if (status?.state === 'finalized' || status?.state === 'failed') {
          typical += SMOOTHING * (age - typical)
          return status
        }
        if (status?.state === 'submitted') await change(status.txHash, id)
        else await pause(age / 4)
      }
      return null
    },
  }
}

function pause(duration: DurationMs): Promise<void> {
  return sleep(Math.min(Math.max(duration, SHORTEST_WAIT), LONGEST_WAIT))
}
