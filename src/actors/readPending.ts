/** Slot `readPending` of the finalityTracker: reads the pending block. Chains with preconfirmations show the next block there. */
import { fromPromise } from 'xstate'
import type { PendingBlock } from '../machines/finalityTracker/context.ts'
import type { Endpoints } from '../rpc/endpoints.ts'

interface Dependencies {
  readonly endpoints: Pick<Endpoints, 'pin'>
}

export function readPending({ endpoints }: Dependencies) {
  return fromPromise<PendingBlock>(async () => {
    // The types of viem say that a pending block has no number. Nodes send one.
    const { number, transactions }: { number: bigint | null; transactions: PendingBlock['transactions'] } =
      await endpoints.pin().getBlock({ blockTag: 'pending' })
    return { blockNumber: number === null ? null : Number(number), transactions }
  })
}
