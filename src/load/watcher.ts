/**
 * Waits for operations to end, by asking for their status, and seldom.
 *
 * Operations that ride in one transaction end together, so of those that are submitted only one is asked about until
 * it has moved; then the others. Of the rest each is asked after half the time that operations have been taking, and
 * from then on whenever it has become a quarter older.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { DurationMs, Hash, Millis, Now } from '../domain/primitives.ts'
import type { GatewayClient, Status } from './client.ts'

type Ended = Extract<Status, { state: 'finalized' | 'failed' }>

export interface StatusWatcher {
  /** Resolves when the operation has ended, or with null when the run is over before. */
  ended(id: string, sentAt: Millis): Promise<Ended | null>
}

const SHORTEST_WAIT: DurationMs = 200
const LONGEST_WAIT: DurationMs = 2000
/** Between questions about a transaction: how precisely the end of its operations is known. */
const TRANSACTION_WAIT: DurationMs = 100
/** How long an operation takes, before any has ended. */
const FIRST_GUESS: DurationMs = 1000
/** Weight of an operation in the running mean of how long they take. */
const SMOOTHING = 0.05

/** @param signal aborted when the run is over */
export function createStatusWatcher(
  client: Pick<GatewayClient, 'status'>,
  { now, signal }: { readonly now: Now; readonly signal: AbortSignal },
): StatusWatcher {
  const landings = new Map<Hash, Promise<void>>()
  let typical = FIRST_GUESS

  /** Resolves when the transaction's operations have moved on: ended, or ride in another. */
  function landing(txHash: Hash, id: string): Promise<void> {
    const known = landings.get(txHash)
    if (known !== undefined) return known
    const landed = watch(txHash, id).finally(() => landings.delete(txHash))
    landings.set(txHash, landed)
    return landed
  }

  async function watch(txHash: Hash, id: string): Promise<void> {
    let isThere = true
    while (isThere && !signal.aborted) {
      await sleep(TRANSACTION_WAIT)
      const status = await client.status(id)
      isThere = status === null || (status.state === 'submitted' && status.txHash === txHash)
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
        if (status?.state === 'submitted') await landing(status.txHash, id)
        else await pause(age / 4)
      }
      return null
    },
  }
}

function pause(duration: DurationMs): Promise<void> {
  return sleep(Math.min(Math.max(duration, SHORTEST_WAIT), LONGEST_WAIT))
}
